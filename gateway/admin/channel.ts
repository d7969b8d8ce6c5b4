/**
 * Channel: one connection of an operator's tool: reads requests, line by line, and writes their answers.
 *
 * Guarantees: bounded in what it reads, has in work and lets wait for a slow reader: while that reads nothing no more
 * requests are taken, and what streams would tell it is counted instead. Garbage gets a coded error and changes nothing.
 */

import type { Socket } from 'node:net'
import type { Access, Right } from './access.ts'
import {
  ADMIN_VERSION,
  type AdminFailure,
  type AdminKind,
  type AdminReply,
  ANSWER_BYTES_MAX,
  REQUEST_BYTES_MAX,
  type StreamEnd,
} from './contract.ts'
import type { Desk } from './desk.ts'
import { Lines } from './lines.ts'
import type { Pace } from './pace.ts'
import { Refusal, text } from './params.ts'

const OPEN_MAX = 8
const STREAMS_MAX = 4
/** Written and not read: beyond it no more requests are taken. */
const UNREAD_BYTES_MAX = 1_024 * 1_024
/** For the first request, and with it the token. */
const SILENT_MS_MAX = 10_000
const RETRY_MS = 100
const PACE_MS = 100
/** For the last lines to be read. */
const STOP_MS = 500

interface Request {
  readonly v: number
  readonly id: number
  readonly kind: string
  readonly token?: unknown
  readonly as?: unknown
  readonly stream?: unknown
}

export interface ChannelOptions {
  readonly number: number
  readonly socket: Socket
  readonly access: Access
  readonly desk: Desk
  /** Who has not been let in has one try: the first failure ends the connection. */
  readonly isStrict: boolean
  /** Of all channels of a listener together. */
  readonly pace: Pace
  readonly onClose: () => void
}

export class Channel {
  readonly #options: ChannelOptions
  readonly #lines = new Lines(REQUEST_BYTES_MAX)
  readonly #streams = new Map<number, AbortController>()
  readonly #unidentified: NodeJS.Timeout
  /** Read and not yet taken: what one chunk brought, at most. */
  #waiting: string[] = []
  #again: NodeJS.Timeout | undefined
  #isIn = false
  #open = 0
  #as: string | undefined
  #closed = false
  #stopping = false

  constructor(options: ChannelOptions) {
    const { socket } = options
    this.#options = options
    this.#unidentified = setTimeout(() => socket.destroy(), SILENT_MS_MAX)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('drain', () => this.#goOn())
    socket.on('error', () => {}) // `close` follows
    socket.on('close', () => this.#close())
  }

  /** Ends its streams, then the connection. */
  stop(): void {
    this.#stopping = true
    for (const controller of this.#streams.values()) controller.abort()
    const { socket } = this.#options
    this.#endWithoutStreams()
    setTimeout(() => socket.destroy(), STOP_MS).unref() // a tool that does not close its end
  }

  /** A stream may still be reading what it tells last. */
  #endWithoutStreams(): void {
    if (this.#streams.size === 0) this.#options.socket.end()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#unidentified)
    clearTimeout(this.#again)
    this.#waiting = []
    for (const controller of this.#streams.values()) controller.abort()
    this.#options.onClose()
  }

  #read(chunk: Buffer): void {
    const { socket } = this.#options
    const fits = this.#lines.push(chunk, (line) => this.#waiting.push(line))
    this.#goOn()
    if (fits) return
    this.#fail(0, {
      code: 'TOO_LARGE',
      message: `Cannot read the request: more than ${REQUEST_BYTES_MAX} bytes`,
    })
    socket.pause()
    socket.end()
  }

  /** Takes the lines that wait, as far as the pace and the reader allow; until then nothing more is read. */
  readonly #goOn = (): void => {
    const { socket, pace } = this.#options
    if (this.#closed || this.#again !== undefined) return
    while (this.#waiting.length > 0 && socket.writableLength <= UNREAD_BYTES_MAX) {
      if (!pace.take()) {
        this.#again = setTimeout(() => {
          this.#again = undefined
          this.#goOn()
        }, PACE_MS)
        break
      }
      this.#take(this.#waiting.shift() as string)
    }
    if (this.#waiting.length > 0 || socket.writableLength > UNREAD_BYTES_MAX) socket.pause()
    else socket.resume()
  }

  #take(line: string): void {
    const request = parse(line)
    if (request instanceof Refusal) return this.#fail(0, request.failure)
    const { id, v, kind } = request
    if (v !== ADMIN_VERSION) return this.#fail(id, badVersion(v))
    if (kind === 'cancel') return this.#cancel(request.stream)
    const { desk } = this.#options
    const isStream = desk.isStream(kind)
    if (!isStream && !desk.isCall(kind)) return this.#fail(id, unknownKind())
    if (isStream ? this.#streams.size >= STREAMS_MAX : this.#open >= OPEN_MAX) {
      const message = 'Cannot answer: this connection has too many requests open'
      return this.#fail(id, { code: 'BUSY', message, retryAfterMs: RETRY_MS })
    }
    if (this.#streams.has(id)) return this.#fail(id, sameId())
    void this.#refusing(id, () => (isStream ? this.#stream(request) : this.#call(request)))
  }

  async #refusing(id: number, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#fail(id, error.failure)
    }
  }

  async #call(request: Request): Promise<void> {
    this.#open++
    try {
      const asked = this.#asked(request, await this.#admit(request))
      this.#answer(request.id, await this.#options.desk.answer(asked))
    } finally {
      this.#open--
    }
  }

  async #admit(request: Request): Promise<Right> {
    const right = await this.#options.access.right(request.token)
    clearTimeout(this.#unidentified)
    this.#isIn = true
    if (request.kind === 'hello') this.#as = text(128)(request.as, 'as')
    return right
  }

  #asked(request: Request, right: Right) {
    const kind = request.kind as AdminKind
    return { kind, request, right, connection: this.#options.number, as: this.#as }
  }

  async #stream(request: Request): Promise<void> {
    const { id } = request
    const controller = new AbortController()
    this.#streams.set(id, controller)
    try {
      const emit = (event: unknown): boolean => this.#emit(id, event)
      const asked = this.#asked(request, await this.#admit(request))
      const end = await this.#options.desk.stream(asked, emit, controller.signal)
      const why: StreamEnd['why'] = this.#stopping
        ? 'stopping'
        : controller.signal.aborted
          ? 'cancelled'
          : 'done'
      this.#write({ v: ADMIN_VERSION, id, ok: true, end: { ...end, why } })
    } finally {
      this.#streams.delete(id)
      if (this.#stopping) this.#endWithoutStreams()
    }
  }

  #cancel(stream: unknown): void {
    if (typeof stream === 'number') this.#streams.get(stream)?.abort()
  }

  // --- writing ---

  #answer(id: number, value: unknown): void {
    const startMs = performance.now()
    const line = `${JSON.stringify({ v: ADMIN_VERSION, id, ok: true, value } satisfies AdminReply)}\n`
    this.#options.desk.spend(performance.now() - startMs)
    if (Buffer.byteLength(line) <= ANSWER_BYTES_MAX) return this.#put(line)
    const message = `Cannot answer: the answer has more than ${ANSWER_BYTES_MAX} bytes; ask for fewer rows`
    this.#fail(id, { code: 'ANSWER_TOO_LARGE', message })
  }

  #emit(id: number, event: unknown): boolean {
    if (this.#closed || this.#options.socket.writableLength > UNREAD_BYTES_MAX) return false
    this.#write({ v: ADMIN_VERSION, id, ok: true, event })
    return true
  }

  #fail(id: number, error: AdminFailure): void {
    this.#write({ v: ADMIN_VERSION, id, ok: false, error })
    const { isStrict, socket } = this.#options
    if (!isStrict || this.#isIn) return
    this.#waiting = []
    socket.destroySoon()
  }

  #write(reply: AdminReply): void {
    this.#put(`${JSON.stringify(reply)}\n`)
  }

  #put(line: string): void {
    const { socket } = this.#options
    if (this.#closed || socket.destroyed || socket.writableEnded) return
    socket.write(line)
  }
}

function parse(line: string): Request | Refusal {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return new Refusal('BAD_REQUEST', 'Cannot read the request: it is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new Refusal('BAD_REQUEST', 'Cannot read the request: it is no object')
  }
  const { v, id, kind } = value as Record<string, unknown>
  if (!Number.isSafeInteger(id) || (id as number) < 1) {
    return new Refusal('BAD_REQUEST', 'Cannot read the request: id must be a whole number above 0')
  }
  const read = { ...value, id, v: typeof v === 'number' ? v : 0, kind: typeof kind === 'string' ? kind : '' }
  return read as Request
}

function badVersion(v: number): AdminFailure {
  const older = v < ADMIN_VERSION ? 'the tool is older than the node' : 'the node is older than the tool'
  const message = `Cannot answer: the request is of version ${v}, this node speaks ${ADMIN_VERSION}; ${older}`
  return { code: 'BAD_VERSION', message }
}

function unknownKind(): AdminFailure {
  return { code: 'UNKNOWN_KIND', message: 'Cannot answer: this node knows no such kind of request' }
}

function sameId(): AdminFailure {
  return { code: 'BAD_REQUEST', message: 'Cannot read the request: id is that of an open stream' }
}
