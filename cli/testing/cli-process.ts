/** Runs the command as people do, in a process and a folder of its own. Nothing of the caller's settings goes in. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** A file that takes its output, in place of `stdout`. */
  readonly output?: number
}

export class CliProcess {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  readonly #watchers = new Set<() => void>()

  constructor(args: readonly string[], { cwd, env = {}, input, output }: CliOptions) {
    const clean = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('GUILDHALL_') && name !== 'NODE_TEST_CONTEXT',
    )
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
      cwd,
      env: { ...Object.fromEntries(clean), ...env },
      stdio: ['pipe', output ?? 'pipe', 'pipe'],
    })
    this.#child.stdout
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#heard(() => (this.#stdout += text)))
    this.#child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#heard(() => (this.#stderr += text)))
    if (input !== undefined) this.#child.stdin?.end(input)
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
  }

  get stdout(): string {
    return this.#stdout
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  endInput(): void {
    this.#child.stdin?.end()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The match in what both streams have said so far or will say; fails when the process ends without it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return await new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr)
        if (found === null) return
        this.#watchers.delete(look)
        resolve(found)
      }
      this.#watchers.add(look)
      look()
      this.ended.then(({ code, stdout, stderr }) => {
        reject(new Error(`it ended with ${code} and never said ${pattern}\n${stdout}\n${stderr}`))
      })
    })
  }

  #heard(add: () => void): void {
    add()
    for (const look of [...this.#watchers]) look()
  }
}

export async function runCli(args: readonly string[], options: CliOptions): Promise<Ended> {
  return await new CliProcess(args, { input: '', ...options }).ended
}

export async function inTemporaryFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-cli-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
