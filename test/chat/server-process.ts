/**
 * ServerProcess: a node in a process of its own on LMDB in a temporary folder, started through the CLI as an operator
 * does, or directly where a test needs settings that the CLI does not offer. It may be killed and started again on the same folder and port.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestSettings } from './raised-limits.ts'
import { SECRET } from './tokens.ts'

const START_MS = 60_000
const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const NODE = fileURLToPath(new URL('./node-process.ts', import.meta.url))

export interface ServerOptions {
  readonly threads?: number
  /** Starts the node without the CLI, under raised limits and these settings. */
  readonly settings?: TestSettings
}

export class ServerProcess {
  readonly data: string
  readonly port: number
  readonly #options: ServerOptions
  #child: ChildProcess | undefined
  #output = ''

  private constructor(port: number, options: ServerOptions) {
    this.port = port
    this.#options = options
    this.data = mkdtempSync(join(tmpdir(), 'guildhall-chat-'))
  }

  /** Resolves when the node is ready. */
  static async start(options: ServerOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(await freePort(), options)
    await server.start()
    return server
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** What it printed on both outputs since it was started first. */
  get output(): string {
    return this.#output
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...this.#command()], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    })
    this.#child = child
    child.stdout?.on('data', (chunk: Buffer) => this.#keep(chunk))
    child.stderr?.on('data', (chunk: Buffer) => this.#keep(chunk))
    await this.#ready(child)
  }

  /** `kill -9`. Resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to drain and end. Resolves with its exit code. */
  async terminate(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  /** Ends it at once and removes its data. */
  async dispose(): Promise<void> {
    await this.kill()
    rmSync(this.data, { recursive: true, force: true })
  }

  /** User space of the process that no file backs, in MiB. */
  rssAnonMb(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) / 1_024
  }

  #command(): string[] {
    const { threads = 2, settings } = this.#options
    const { port, data } = this
    if (settings !== undefined) return [NODE, JSON.stringify({ threads, ...settings, port, data })]
    const at = ['--host', '127.0.0.1', '--port', String(port), '--data', data]
    return [CLI, 'start', ...at, '--jwt-secret', SECRET, '--threads', String(threads)]
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exited = once(child, 'exit')
    child.kill(signal)
    const [code] = (await exited) as [number | null]
    return code
  }

  #keep(chunk: Buffer): void {
    this.#output = (this.#output + chunk.toString()).slice(-200_000)
  }

  /** Asks /readyz until it says yes: there is no other event that a remote client has. */
  async #ready(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_MS
    while (child.exitCode === null && child.signalCode === null) {
      try {
        const { status } = await fetch(`http://127.0.0.1:${this.port}/readyz`)
        if (status === 200) return
      } catch {
        // not listening yet
      }
      if (Date.now() > deadline)
        throw new Error(`Waited ${START_MS} ms in vain for /readyz:\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`The node ended with ${child.exitCode ?? child.signalCode}:\n${this.#output}`)
  }
}

/**
 * Below the ephemeral ports: while the node is down nobody else gets this one, and no client that reconnects can
 * be given it as its own end and so connect to itself.
 */
async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(15_000, 32_000)
    const server = createServer()
    const free = new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.once('listening', () => server.close(() => resolve(true)))
    })
    server.listen(port, '127.0.0.1')
    if (await free) return port
  }
  throw new Error('Cannot find a free port: 50 are taken')
}
