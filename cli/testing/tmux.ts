/**
 * Tmux: a command in a real terminal: keys go in, what stands on the screen comes out.
 *
 * There is no event for "the screen has changed", so it is looked at again and again, for a bounded time.
 */

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const LOOK_MS = 40
const PATIENCE_MS = 30_000
const run = promisify(execFile)
let terminals = 0

export interface TmuxOptions {
  readonly columns: number
  readonly rows: number
  readonly env?: Readonly<Record<string, string>>
}

export class Tmux {
  readonly #server = `guildhall-${process.pid}-${++terminals}`

  /**
   * Runs `guildhall` with these arguments in a shell, which says `[ended 0]` with its exit code afterwards and waits.
   * What stood on the terminal before is `[before]`.
   */
  static async guildhall(args: readonly string[], { columns, rows, env = {} }: TmuxOptions): Promise<Tmux> {
    const terminal = new Tmux()
    const words = [process.execPath, '--disable-warning=ExperimentalWarning', MAIN, ...args].map(quoted)
    const script = `echo '[before]'; ${words.join(' ')}; echo "[ended $?]"; stty -a; exec cat`
    const settings = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
    const size = ['-x', String(columns), '-y', String(rows)]
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...settings, 'sh', '-c', script)
    return terminal
  }

  /** Keys as tmux names them: `Enter`, `Escape`, `C-c`, `Up`, or text. */
  async type(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys)
  }

  async screen(): Promise<string> {
    return await this.#tmux('capture-pane', '-p')
  }

  /** The same with the escape sequences of its colours. */
  async colours(): Promise<string> {
    return await this.#tmux('capture-pane', '-p', '-e')
  }

  /** The screen, once it matches. */
  async shows(pattern: RegExp): Promise<string> {
    return await this.#until((screen) => pattern.test(screen), String(pattern))
  }

  /** The screen, once what is seen there holds. */
  async shown(what: string, holds: (screen: string) => boolean): Promise<string> {
    return await this.#until(holds, what)
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** Is the alternate screen shown, and the cursor. */
  async modes(): Promise<{ readonly alternate: boolean; readonly cursor: boolean }> {
    const [alternate, cursor] = (await this.#format('#{alternate_on} #{cursor_flag}')).split(' ')
    return { alternate: alternate === '1', cursor: cursor === '1' }
  }

  /** Sends a signal to the command itself. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const shell = await this.#format('#{pane_pid}')
    const [child] = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')
    process.kill(Number(child), signal)
  }

  /** Ends the terminal and what runs in it. */
  async close(): Promise<void> {
    await this.#tmux('kill-server').catch(() => {}) // it may have ended by itself
  }

  async #format(format: string): Promise<string> {
    return (await this.#tmux('display-message', '-p', format)).trim()
  }

  async #until(holds: (screen: string) => boolean, what: string): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const screen = await this.screen()
      if (holds(screen)) return screen
      if (performance.now() > deadline) throw new Error(`The screen never showed ${what}:\n${screen}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { TMUX: _, ...env } = process.env
    const { stdout } = await run('tmux', ['-u', '-L', this.#server, ...args], { env })
    return stdout
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
