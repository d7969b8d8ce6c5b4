/**
 * FakeNode: the admin socket of a node that says what a test wants it to say: an older version, nonsense, hostile names.
 * What a node really answers is tested with a real one.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  ADMIN_VERSION,
  type AdminCallKind,
  type AdminErrorCode,
  type Hello,
  type ValueOf,
} from '../../gateway/admin/index.ts'

export type Request = Readonly<Record<string, unknown>> & { readonly id: number; readonly kind: string }
/** `{ value }`, `{ error }`, or whatever else a broken node may say; undefined: nothing. */
type Reply = object | string | undefined

export const HELLO: Hello = {
  node: 'eu-1',
  version: '0.1.0',
  speaks: [ADMIN_VERSION],
  pid: 4_711,
  startedAtMs: 1_000_000,
  nowMs: 1_000_000 + 3 * 3_600_000,
  threads: 2,
  state: 'open',
  may: 'write',
}

export class FakeNode {
  readonly path: string
  /** All that was asked, `hello` included. */
  readonly requests: Request[] = []
  readonly #folder: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #answer: (request: Request) => Reply

  private constructor(answer: (request: Request) => Reply) {
    this.#answer = answer
    this.#folder = mkdtempSync(join(tmpdir(), 'guildhall-fake-'))
    this.path = join(this.#folder, 'admin.sock')
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(answer: (request: Request) => Reply): Promise<FakeNode> {
    const node = new FakeNode(answer)
    await new Promise<void>((resolve) => node.#server.listen(node.path, resolve))
    return node
  }

  /** Drops all connections and listens no more. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** From here on every answer is of a shape that no client expects. */
  breakDown(): void {
    this.#answer = () => ({ value: null })
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    const lines = createInterface({ input: socket })
    // A client that has gone is no matter; readline hands on the errors of its input.
    for (const source of [socket, lines]) source.on('error', () => {})
    lines.on('line', (line) => {
      const request = JSON.parse(line) as Request
      this.requests.push(request)
      const reply = this.#answer(request)
      if (reply === undefined) return
      const text =
        typeof reply === 'string'
          ? reply
          : JSON.stringify({ v: ADMIN_VERSION, id: request.id, ok: true, ...reply })
      socket.write(`${text}\n`)
    })
  }
}

/** Says hello, and to every other kind what is given; anything else is not found. */
export function answering(
  values: { readonly [Kind in AdminCallKind]?: ValueOf<Kind> },
): (request: Request) => Reply {
  return ({ kind }) => {
    if (kind === 'hello') return { value: HELLO }
    const value = values[kind as AdminCallKind]
    return value === undefined ? refusal('NOT_FOUND', 'Cannot answer: no such thing') : { value }
  }
}

export function refusal(code: AdminErrorCode | string, message: string): object {
  return { ok: false, error: { code, message } }
}
