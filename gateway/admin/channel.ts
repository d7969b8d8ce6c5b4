/**
 * Channel: one connection of an operator's tool: reads requests, line by line, and writes their answers.
 *
 * Guarantees
 * - Bounded in what it reads, has in work and lets wait for a slow reader: while that reads nothing no more requests are
 *   taken, what streams would tell it is counted instead, and who takes nothing for a minute is cut off.
 * - Garbage gets a coded error and changes nothing.
 * - On a strict door a stranger has one short request, with a token; nothing else of his is read before it is answered.
 * - A stream ends when the token it was asked with expires.
 */

import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Log } from '../settings.ts'
import type { Access, Right } from './access.ts'
import {
  ADMIN_VERSION,
  type AdminFailure,
  type AdminKind,
  FIRST_REQUEST_BYTES_MAX,
  REQUEST_BYTES_MAX,
} from './contract.ts'
import type { Desk } from './desk.ts'
import { Lines } from './lines.ts'
import type { Pace } from './pace.ts'
import { Refusal, text } from './params.ts'
import { timed } from './pieces.ts'
import type { RefusedAttempts } from './refused-attempts.ts'
import { Replies } from './replies.ts'
import {
  badVersion,
  nothingToCancel,
  parseRequest,
  type Request,
  sameId,
  tooLarge,
  unknownKind,
} from './request.ts'

const OPEN_MAX = 8
const STREAMS_MAX = 4
/** For the first request, and with it the token. */
const SILENT_MS_MAX = 10_000
/** Without anything of what waits being read. */
const STALLED_MS_MAX = 60_000
/** Without a request or a stream, on a strict door. */
const IDLE_MS_MAX = 10 * 60_000
/** Timers reach no further, and the clock on the wall may be set. */
const EXPIRY_LOOK_MS = 3_600_000
const PACE_MS = 100
/** For the last lines to be read. */
const STOP_MS = 500

export interface ChannelOptions {
  readonly number: number
  readonly socket: Socket
  readonly access: Access
  readonly desk: Desk
  readonly clock: Clock
  readonly log: Log
  /** Who has not been let in has one try: the first failure ends the connection. */
  readonly isStrict: boolean
  /** Of all channels of a listener together. */
  readonly pace: Pace
  /** The same, of those who have not been let in. */
  readonly strangersPace: Pace
  readonly refused: Pick<RefusedAttempts, 'note'>
  /** Whether so many bytes more may wait for the readers of this listener. */
  readonly hasRoom: (bytes: number) => boolean
  /** When he has been let in. */
  readonly onIn: () => void
  readonly onClose: () => void
}

export class Channel {
  readonly #options: ChannelOptions
  readonly #lines: Lines
  readonly #replies: Replies
  readonly #streams = new Map<number, AbortController>()
  readonly #unidentified: NodeJS.Timeout
  /** Read and not yet taken: what one chunk brought, at most. */
  #waiting: string[] = []
  #again: NodeJS.Timeout | undefined
  #isIn: boolean
  #open = 0
  #as: string | undefined
  #closed = false
  #stopping = false
  /** What it sends from here on is read and forgotten. */
  #isDeaf = false
  #forgetLook: () => void
  #busyAtMs: number

  constructor(options: ChannelOptions) {
    const { socket, isStrict, clock, desk, hasRoom } = options
    this.#options = options
    this.#replies = new Replies({ socket, hasRoom, spend: (ms) => desk.spend(ms) })
    this.#isIn = !isStrict
    this.#lines = new Lines(isStrict ? FIRST_REQUEST_BYTES_MAX : REQUEST_BYTES_MAX)
    this.#busyAtMs = clock.nowMs()
    this.#forgetLook = clock.after(STALLED_MS_MAX, () => this.#look(0))
    this.#unidentified = setTimeout(() => socket.destroy(), SILENT_MS_MAX)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('drain', () => this.#goOn())
    socket.on('error', () => {}) // `close` follows
    socket.on('close', () => this.#close())
  }

  /** Written, and not read by the other end. */
  get unreadBytes(): number {
    return this.#replies.unreadBytes
  }

  /** Since when, by the clock, nothing has been asked or is in work; undefined while something is. */
  get idleSinceMs(): number | undefined {
    const isBusy = !this.#isIn || this.#stopping || this.#open > 0 || this.#streams.size > 0
    return isBusy ? undefined : this.#busyAtMs
  }

  /** Ends its streams, answers what is in work, then ends the connection. */
  stop(): void {
    this.#stopping = true
    for (const controller of this.#streams.values()) controller.abort()
    const { socket } = this.#options
    this.#endWhenDone()
    setTimeout(() => socket.destroy(), STOP_MS).unref() // a tool that does not close its end
  }

  /** What is told last may still be read. */
  #endWhenDone(): void {
    if (this.#stopping && this.#streams.size === 0 && this.#open === 0) this.#options.socket.end()
  }

  /** Reads on, or the end of the other side would never be seen. */
  #hangUp(): void {
    this.#isDeaf = true
    this.#waiting = []
    this.#options.socket.resume().destroySoon()
  }

  /** Cuts off who has read nothing since the last look though something waits, and who asks nothing. */
  #look(readBefore: number): void {
    const { socket, isStrict, clock } = this.#options
    const read = socket.bytesWritten - socket.writableLength
    const isStalled = socket.writableLength > 0 && read === readBefore
    const isIdle =
      this.#streams.size === 0 && this.#open === 0 && clock.nowMs() - this.#busyAtMs >= IDLE_MS_MAX
    if (isStalled || (isStrict && isIdle)) socket.destroy()
    else this.#forgetLook = clock.after(STALLED_MS_MAX, () => this.#look(read))
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#unidentified)
    clearTimeout(this.#again)
    this.#forgetLook()
    this.#waiting = []
    for (const controller of this.#streams.values()) controller.abort()
    this.#options.onClose()
  }

  #read(chunk: Buffer): void {
    if (this.#isDeaf) return
    const fits = this.#lines.push(chunk, (line) => this.#waiting.push(line))
    this.#goOn()
    if (fits || this.#isDeaf) return
    this.#fail(0, tooLarge(this.#lines.bytesMax))
    this.#hangUp()
  }

  /** Takes the lines that wait, as far as the pace and the reader allow; until then nothing more is read. */
  readonly #goOn = (): void => {
    const { socket, pace, strangersPace } = this.#options
    if (this.#closed || this.#isDeaf || this.#again !== undefined) return
    while (this.#mayTake()) {
      const line = this.#waiting[0] as string
      if (!(this.#isIn ? pace : strangersPace).take(line.length)) {
        this.#again = setTimeout(() => {
          this.#again = undefined
          this.#goOn()
        }, PACE_MS)
        break
      }
      this.#waiting.shift()
      this.#take(line)
    }
    if (this.#isDeaf) return
    if (this.#waiting.length > 0 || this.#replies.isBehind) socket.pause()
    else socket.resume()
  }

  #mayTake(): boolean {
    // The one try of a stranger: what follows waits until he has been let in.
    if (!this.#isIn && this.#open + this.#streams.size > 0) return false
    return this.#waiting.length > 0 && !this.#replies.isBehind
  }

  #take(line: string): void {
    const { desk, clock } = this.#options
    const request = timed(
      (ms) => desk.spend(ms),
      () => parseRequest(line),
    )
    this.#busyAtMs = clock.nowMs()
    if (request instanceof Refusal) return this.#fail(0, request.failure)
    const { id, v, kind } = request
    if (v !== ADMIN_VERSION) return this.#fail(id, badVersion(v))
    if (kind === 'cancel') return this.#cancel(request)
    const isStream = desk.isStream(kind)
    if (!isStream && !desk.isCall(kind)) return this.#fail(id, unknownKind())
    if (this.#stopping) {
      return this.#fail(id, { code: 'UNAVAILABLE', message: 'Cannot answer: the node stops' })
    }
    if (isStream ? this.#streams.size >= STREAMS_MAX : this.#open >= OPEN_MAX) {
      // A stranger has one open at the most, and so does not come here.
      return this.#replies.busy(id, 'Cannot answer: this connection has too many requests open')
    }
    if (this.#streams.has(id)) return this.#fail(id, sameId())
    void (isStream ? this.#stream(request) : this.#call(request))
  }

  async #call(request: Request): Promise<void> {
    this.#open++
    await this.#refusing(request, async (right) => {
      this.#replies.answer(request.id, await this.#options.desk.answer(this.#asked(request, right)))
    })
    this.#open--
    this.#done()
  }

  async #stream(request: Request): Promise<void> {
    const controller = new AbortController()
    this.#streams.set(request.id, controller)
    await this.#refusing(request, (right) => this.#tell(request, right, controller))
    this.#streams.delete(request.id)
    this.#done()
  }

  #done(): void {
    this.#busyAtMs = this.#options.clock.nowMs()
    this.#endWhenDone()
  }

  /** Never throws: nobody waits for what it does. */
  async #refusing(request: Request, work: (right: Right) => Promise<void>): Promise<void> {
    let right: Right | undefined
    try {
      right = await this.#admit(request)
      await work(right)
    } catch (error) {
      const failure = this.#failureOf(error)
      const { code } = failure
      if (code === 'AUTH_FAILED' || code === 'FORBIDDEN') {
        const { refused, socket } = this.#options
        const { kind } = request
        refused.note({ address: socket.remoteAddress, code, kind, who: right?.who, as: this.#as })
      }
      this.#fail(request.id, failure)
    }
  }

  #failureOf(error: unknown): AdminFailure {
    if (error instanceof Refusal) return error.failure
    const told = error instanceof Error ? error.stack : String(error)
    this.#options.log.error({ error: told }, 'a question failed')
    return { code: 'INTERNAL', message: 'Cannot answer: an internal fault, which the log of the node tells' }
  }

  async #admit(request: Request): Promise<Right> {
    const right = await this.#options.access.right(request.token)
    clearTimeout(this.#unidentified)
    if (!this.#isIn) this.#letIn()
    if (request.kind === 'hello') this.#as = text(128)(request.as, 'as')
    return right
  }

  #letIn(): void {
    this.#isIn = true
    this.#lines.bytesMax = REQUEST_BYTES_MAX
    this.#options.onIn()
    this.#goOn()
  }

  #asked(request: Request, right: Right) {
    const kind = request.kind as AdminKind
    return { kind, request, right, connection: this.#options.number, as: this.#as }
  }

  async #tell(request: Request, right: Right, controller: AbortController): Promise<void> {
    const { id } = request
    let isExpired = false
    const forgetExpiry = this.#atExpiry(right, () => {
      isExpired = true
      controller.abort()
    })
    try {
      const emit = (event: unknown): boolean => this.#replies.emit(id, event)
      const end = await this.#options.desk.stream(this.#asked(request, right), emit, controller.signal)
      if (isExpired) throw new Refusal('AUTH_FAILED', 'Cannot go on: the token has expired')
      const why = this.#stopping ? 'stopping' : controller.signal.aborted ? 'cancelled' : 'done'
      this.#replies.end(id, { ...end, why })
    } finally {
      forgetExpiry()
    }
  }

  #atExpiry({ expiresAtMs = Number.POSITIVE_INFINITY }: Right, run: () => void): () => void {
    let forget = (): void => {}
    const look = (): void => {
      const leftMs = expiresAtMs - Date.now()
      if (leftMs <= 0) run()
      else forget = this.#options.clock.after(Math.min(leftMs, EXPIRY_LOOK_MS), look)
    }
    look()
    return () => forget()
  }

  #cancel({ id, stream }: Request): void {
    if (!this.#isIn) return this.#fail(id, nothingToCancel())
    if (typeof stream === 'number') this.#streams.get(stream)?.abort()
  }

  #fail(id: number, error: AdminFailure): void {
    this.#replies.fail(id, error)
    if (!this.#isIn) this.#hangUp()
  }
}
