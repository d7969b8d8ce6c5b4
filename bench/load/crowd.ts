/**
 * Crowd: many identified sessions in one process of the load generator.
 *
 * Guarantees
 * - `connect` tells how each attempt ended; nothing is tried again by itself.
 * - Every frame after `ready` reaches `onFrame`, as bytes: what is counted only is never decoded.
 *
 * Costs about 2 KB per session, and 200 bytes more where `keepsSessions` lets it resume.
 */
import { type Dialect, GUILDHALL_JSON, type Identity, type SessionKey } from './dialect.ts'
import { startsWith } from './frames.ts'
import { LoadSocket, type LoadSocketEvents } from './load-socket.ts'
import type { Sources } from './sources.ts'
import type { Target } from './target.ts'
import { tokenFor } from './token.ts'

export interface CrowdOptions {
  readonly target: Target
  readonly count: number
  /** Users are called `<prefix><number>`; default `load-`. */
  readonly prefix?: string
  /** Number of the first user. */
  readonly first?: number
  readonly dialect?: Dialect
  /** What connections come from; default the system's choice. */
  readonly sources?: Sources
  /** Remember sessions and tickets, so that `connect` resumes them. */
  readonly keepsSessions?: boolean
  onFrame?(index: number, bytes: Buffer, from: number, to: number): void
  /** Of a session that was ready. */
  onClose?(index: number, code: number): void
}

/** `error` is a code of the protocol, `closed` a close code or the HTTP status of the upgrade. */
export type Attempt =
  | { readonly kind: 'ready' | 'resumed' }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'closed'; readonly code: number }

const PHASE = { opening: 0, ready: 1, ended: 2 } as const

export class Crowd {
  readonly count: number
  /** By index; undefined while there is no socket. */
  readonly sockets: (LoadSocket | undefined)[]
  readonly dialect: Dialect
  readonly #options: CrowdOptions
  readonly #keys: (SessionKey | undefined)[] = []
  readonly #attempts = new Map<number, (attempt: Attempt) => void>()
  readonly #events: LoadSocketEvents
  #ready = 0

  constructor(options: CrowdOptions) {
    this.#options = options
    this.count = options.count
    this.dialect = options.dialect ?? GUILDHALL_JSON
    this.sockets = Array.from({ length: options.count }, () => undefined)
    this.#events = {
      onFrame: (socket, bytes, from, to) => this.#received(socket, bytes, from, to),
      onClose: (socket, code) => this.#closed(socket, code),
    }
  }

  /** Sessions that are ready now. */
  get ready(): number {
    return this.#ready
  }

  userOf(index: number): string {
    const { prefix = 'load-', first = 0 } = this.#options
    return `${prefix}${first + index}`
  }

  /** Opens a socket and identifies, or resumes when its session is known. Rejects when there is no source port left. */
  async connect(index: number): Promise<Attempt> {
    const { target, sources } = this.#options
    const { host, port } = target
    const { path, subprotocol } = this.dialect
    const source = sources?.take()
    return await new Promise((resolve) => {
      this.#attempts.set(index, resolve)
      this.sockets[index] = new LoadSocket({ host, port, source, path, subprotocol, index }, this.#events)
    })
  }

  /**
   * Connects all that are not, so many at once. Resolves with the time it took.
   * @throws Error at the first attempt that fails.
   */
  async connectAll(atOnce: number): Promise<number> {
    const startedAt = performance.now()
    let next = 0
    const connectSome = async (): Promise<void> => {
      while (next < this.count) {
        const index = next++
        if (this.sockets[index] !== undefined) continue
        const attempt = await this.connect(index)
        if ('code' in attempt) {
          throw new Error(`Cannot identify ${this.userOf(index)}: ${attempt.kind} ${attempt.code}`)
        }
      }
    }
    await Promise.all(Array.from({ length: atOnce }, connectSome))
    return performance.now() - startedAt
  }

  send(index: number, frames: readonly (string | Uint8Array)[]): void {
    const socket = this.sockets[index]
    if (socket === undefined) throw new Error(`Cannot send for ${this.userOf(index)}: it has no socket`)
    socket.send(frames)
  }

  /** The next `connect` identifies anew. */
  forgetSession(index: number): void {
    this.#keys[index] = undefined
  }

  #received(socket: LoadSocket, bytes: Buffer, from: number, to: number): void {
    const { ping } = this.dialect
    if (ping !== undefined && startsWith(bytes, from, to, ping.start) && to - from === ping.start.length)
      return socket.send([ping.answer])
    if (socket.phase === PHASE.ready) this.#options.onFrame?.(socket.index, bytes, from, to)
    else if (socket.phase === PHASE.opening) this.#opening(socket, bytes, from, to)
  }

  #opening(socket: LoadSocket, bytes: Buffer, from: number, to: number): void {
    const { index } = socket
    const opening = this.dialect.opening(bytes, from, to, () => this.#identity(index))
    if (opening.kind === 'answer') socket.send([opening.payload])
    else if (opening.kind === 'error') {
      socket.phase = PHASE.ended
      this.#settle(index, { kind: 'error', code: opening.code })
      socket.destroy()
    } else if (opening.kind !== 'wait') {
      socket.phase = PHASE.ready
      this.#ready++
      if (this.#options.keepsSessions) this.#keys[index] = opening.key
      this.#settle(index, { kind: opening.kind })
    }
  }

  #identity(index: number): Identity {
    const token = tokenFor(this.userOf(index), this.#options.target.secret)
    return { token, device: 'load', session: this.#keys[index] }
  }

  #closed(socket: LoadSocket, code: number): void {
    const { index, phase } = socket
    socket.phase = PHASE.ended
    if (socket.source !== undefined) this.#options.sources?.giveBack(socket.source)
    if (this.sockets[index] === socket) this.sockets[index] = undefined
    if (phase === PHASE.opening) this.#settle(index, { kind: 'closed', code })
    else if (phase === PHASE.ready) {
      this.#ready--
      this.#options.onClose?.(index, code)
    }
  }

  #settle(index: number, attempt: Attempt): void {
    const resolve = this.#attempts.get(index)
    this.#attempts.delete(index)
    resolve?.(attempt)
  }
}
