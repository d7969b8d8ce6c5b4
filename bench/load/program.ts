/** A program of the bench: started, listened to line by line, ended by closing its standard input. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'

const END_MS = 20_000

export interface Command {
  readonly command: string
  readonly environment: NodeJS.ProcessEnv
}

export class Program {
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly #waiting: {
    accepts: (line: object) => boolean
    resolve: (line: object) => void
    reject: (error: Error) => void
  }[] = []
  readonly #name: string
  /** Not a command of something else. */
  readonly isNode: boolean

  /** `program` is a path from this folder, run with the flags of Node; or a command, run as it is. */
  constructor(program: string | Command, args: readonly string[], flags: readonly string[] = []) {
    const isCommand = typeof program !== 'string'
    this.isNode = !isCommand
    this.#name = isCommand ? program.command : program
    const [command, all] = isCommand ? [program.command, args] : nodeCommand(program, args, flags)
    this.#child = spawn(command, all, {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(isCommand && { env: program.environment }),
    })
    this.#child.on('error', (error) => this.#fail(error.message))
    this.#child.on('exit', (code, signal) => this.#fail(`it ended with ${signal ?? code}`))
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })
    this.#lines.on('line', (line) => this.#onLine(JSON.parse(line) as object))
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`Cannot measure ${this.#name}: it did not start`)
    return this.#child.pid
  }

  /** The next line that has the field. Rejects when the program ends, or after `timeoutMs`. */
  next<T extends object>(field: keyof T & string, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`Cannot go on: no '${field}' from ${this.#name} within ${timeoutMs} ms`)),
        timeoutMs,
      )
      this.#waiting.push({
        accepts: (line) => field in line,
        resolve: (line) => {
          clearTimeout(late)
          resolve(line as T)
        },
        reject: (error) => {
          clearTimeout(late)
          reject(error)
        },
      })
    })
  }

  /** A line of JSON to its standard input. */
  tell(order: object): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`)
  }

  /** `kill -9`. Resolves when the process is gone. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.stdin?.end()
    const late = setTimeout(() => this.#child.kill('SIGKILL'), END_MS)
    await ended
    clearTimeout(late)
  }

  #onLine(line: object): void {
    const index = this.#waiting.findIndex(({ accepts }) => accepts(line))
    if (index >= 0) this.#waiting.splice(index, 1)[0]?.resolve(line)
  }

  #fail(why: string): void {
    const error = new Error(`Cannot go on: ${this.#name}: ${why}`)
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

function nodeCommand(
  program: string,
  args: readonly string[],
  flags: readonly string[],
): [string, readonly string[]] {
  const file = new URL(program, import.meta.url).pathname
  return [process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, file, ...args]]
}
