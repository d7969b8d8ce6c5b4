/** CrashNode: a node in a process of its own that may be killed and started again on the same folder and port, as a box supervisor does. */
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Program } from '../../load/program.ts'
import type { Target } from '../../load/target.ts'

const START_MS = 60_000
const HOST = '127.0.0.1'
/** Below the ephemeral ports: while the node is down no client that comes back can be given this one as its own end. */
const PORTS = [15_000, 32_000] as const

export class CrashNode {
  readonly target: Target
  readonly #data = mkdtempSync(path.join(tmpdir(), 'guildhall-bench-'))
  #program: Program | undefined

  private constructor(port: number) {
    this.target = { host: HOST, port, secret: randomBytes(32).toString('hex') }
  }

  static async start(): Promise<CrashNode> {
    const node = new CrashNode(await freePort())
    await node.start()
    return node
  }

  get program(): Program {
    if (this.#program === undefined) throw new Error('Cannot use the node: it does not run')
    return this.#program
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const { host, port, secret } = this.target
    const settings = { host, port, data: this.#data, node: 'bench', auth: { key: { secret } } }
    this.#program = new Program('../scenarios/crash/crash-server-process.ts', [JSON.stringify(settings)])
    await this.#program.next('port', START_MS)
  }

  async end(): Promise<void> {
    await this.#program?.end()
    rmSync(this.#data, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...PORTS)
    const server = createServer().listen(port, HOST)
    const [event] = await Promise.race([
      once(server, 'listening').then(() => ['listening']),
      once(server, 'error').then(() => ['error']),
    ])
    if (event === 'error') continue
    server.close()
    await once(server, 'close')
    return port
  }
}
