/**
 * RawClient: a chat client of its own, written from protocol.md and nothing else, for tests that need every byte
 * in their hands. It checks each frame that it gets and never answers, retries or reconnects by itself.
 */

import { randomUUID } from 'node:crypto'
import { Packr } from 'msgpackr'
import { WebSocket } from 'ws'
import { checkFrame, type Frame, type FrameOf, type Message, type Op } from './wire.ts'

/** The outer bound of everything that is waited for. */
const WAIT_MS = 10_000

/** Plain MessagePack; integers of 64 bits as numbers, because all of the protocol's are below 2^53. */
const msgpack = new Packr({ useRecords: false, int64AsType: 'number' })

export type Codec = 'json' | 'msgpack'
export interface Closed {
  readonly code: number
  readonly reason: string
}
export interface Identity {
  readonly token: string
  readonly device?: string
  readonly cursors?: { readonly inbox?: number; readonly conversations?: Readonly<Record<string, number>> }
}
/** A frame to send. Loose on purpose: tests send wrong ones too. */
export type Sendable = Readonly<Record<string, unknown>>

interface Waiter {
  readonly take: (frame: Frame) => boolean
}

export class RawClient {
  /** All frames in the order of arrival. */
  readonly log: Frame[] = []
  readonly closed: Promise<Closed>
  readonly #codec: Codec
  readonly #socket: WebSocket
  readonly #untaken: Frame[] = []
  readonly #waiters = new Set<Waiter>()
  #closing: Closed | undefined
  #fault: Error | undefined
  #lastRef = 0

  private constructor(socket: WebSocket, codec: Codec) {
    this.#socket = socket
    this.#codec = codec
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#closing = { code, reason: reason.toString() }
        resolve(this.#closing)
      })
    })
    socket.on('error', () => {}) // a close follows
    socket.on('message', (data, binary) => this.#receive(data as Buffer, binary))
  }

  /** A socket on which nothing has been said yet. Rejects when the upgrade is refused. Without `autoPong` it is silent. */
  static connect(url: string, codec: Codec = 'json', { autoPong = true } = {}): Promise<RawClient> {
    const options = { perMessageDeflate: false, autoPong }
    const socket = new WebSocket(`${url}/v1/socket`, `guildhall.v1.${codec}`, options)
    const client = new RawClient(socket, codec)
    return within(
      'the upgrade',
      new Promise((resolve, reject) => {
        socket.once('open', () => resolve(client))
        socket.once('error', reject)
      }),
    )
  }

  /** Connects and identifies; the `ready` frame is taken. */
  static async identified(url: string, who: Identity, codec: Codec = 'json'): Promise<RawClient> {
    const client = await RawClient.connect(url, codec)
    await client.identify(who)
    return client
  }

  async identify({ token, device = 'phone', cursors }: Identity): Promise<FrameOf<'ready'>> {
    const answer = await this.request({ op: 'identify', token, device, ...(cursors && { cursors }) })
    return expectOp(answer, 'ready')
  }

  /** The raw socket underneath, for frames that are none. */
  get socket(): WebSocket {
    return this.#socket
  }

  send(frame: Sendable): void {
    if (this.#codec === 'json') this.#socket.send(JSON.stringify(frame))
    else this.#socket.send(msgpack.pack(frame))
  }

  /** Sends under a new `ref` and resolves with the frame that repeats it, whatever it is. */
  async request(frame: Sendable): Promise<Frame> {
    this.#lastRef++
    const ref = this.#lastRef
    this.send({ ...frame, ref })
    return this.take(`the answer to ${String(frame.op)}`, (answer) => 'ref' in answer && answer.ref === ref)
  }

  /** The code of the error that a request is answered with. */
  async refused(frame: Sendable): Promise<string> {
    return expectOp(await this.request(frame), 'error').code
  }

  /** Sends a message and resolves when it is acknowledged. */
  async say(to: string, body: string, more: Sendable = {}): Promise<FrameOf<'sent'>> {
    return expectOp(await this.request({ op: 'send', to, id: newId(), body, ...more }), 'sent')
  }

  /** The next frame of this kind that nobody has taken. */
  async next<O extends Op>(op: O, is: (frame: FrameOf<O>) => boolean = () => true): Promise<FrameOf<O>> {
    return (await this.take(op, (frame) => frame.op === op && is(frame as FrameOf<O>))) as FrameOf<O>
  }

  /** The first frame, past or future, that nobody has taken and for which this is true. */
  take(what: string, is: (frame: Frame) => boolean, timeoutMs: number = WAIT_MS): Promise<Frame> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    const at = this.#untaken.findIndex(is)
    const [found] = at < 0 ? [] : this.#untaken.splice(at, 1)
    if (found !== undefined) return Promise.resolve(found)
    return within(
      () => `${what}, having seen ${this.#lately()}`,
      new Promise((resolve, reject) => {
        const take = (frame: Frame): boolean => {
          if (!is(frame)) return false
          this.#waiters.delete(waiter)
          resolve(frame)
          return true
        }
        const waiter = { take }
        this.#waiters.add(waiter)
        void this.closed.then(({ code }) => {
          reject(
            this.#fault ?? new Error(`Cannot wait for ${what}: closed with ${code} after ${this.#lately()}`),
          )
        })
      }),
      timeoutMs,
    )
  }

  /** Resolves when more than so many frames have come, or the socket is closed. */
  async more(what: string, seen: number): Promise<void> {
    if (this.log.length > seen) return
    const come = Promise.withResolvers<void>()
    this.#socket.once('message', () => come.resolve())
    await within(() => `${what}, having seen ${this.#lately()}`, Promise.race([come.promise, this.closed]))
  }

  /** All that the server sent before it answered this. */
  async settle(): Promise<void> {
    expectOp(await this.request({ op: 'heartbeat' }), 'heartbeat')
  }

  /** The messages of a conversation that came so far, in the order of arrival. */
  messages(conversation: string): Message[] {
    return this.log.filter((frame): frame is FrameOf<'message'> => {
      return frame.op === 'message' && frame.conversation === conversation
    })
  }

  /** Resolves when a message of this conversation with this seq has come. */
  async until(conversation: string, seq: number): Promise<void> {
    const is = (frame: Frame): boolean => {
      return frame.op === 'message' && frame.conversation === conversation && frame.seq >= seq
    }
    if (!this.log.some(is)) await this.take(`message ${seq} of ${conversation}`, is)
  }

  /** Stops reading from the socket, so that the server's buffer fills. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Ends the session. */
  async leave(): Promise<Closed> {
    this.#socket.close(1000)
    return within('the close', this.closed)
  }

  /** As a lost network would: no close frame, the session waits. */
  async drop(): Promise<void> {
    this.#socket.terminate()
    await this.closed
  }

  /** The close code that the server sends. */
  async closeCode(): Promise<number> {
    const { code } = await within(() => `a close, having seen ${this.#lately()}`, this.closed)
    return code
  }

  get isOpen(): boolean {
    return this.#closing === undefined
  }

  #receive(data: Buffer, binary: boolean): void {
    try {
      if (binary !== (this.#codec === 'msgpack')) throw new Error('The server mixed text and binary frames')
      const frame = checkFrame(binary ? msgpack.unpack(data) : JSON.parse(data.toString()))
      this.log.push(frame)
      for (const waiter of this.#waiters) if (waiter.take(frame)) return
      this.#untaken.push(frame)
    } catch (error) {
      this.#fault = error as Error
      this.#socket.terminate()
    }
  }

  #lately(): string {
    const shown = this.log.slice(-8).map((frame) => (frame.op === 'error' ? `error ${frame.code}` : frame.op))
    return this.log.length === 0 ? 'no frame' : `${this.log.length} frames, last ${shown.join(', ')}`
  }
}

export function newId(): string {
  return randomUUID()
}

/** The frame, if it is of this kind. */
export function expectOp<O extends Op>(frame: Frame, op: O): FrameOf<O> {
  if (frame.op === op) return frame as FrameOf<O>
  throw new Error(`Expected ${op}, got ${JSON.stringify(frame).slice(0, 300)}`)
}

/** The promise, or a failure that says what was awaited. */
export async function within<T>(
  what: string | (() => string),
  promise: Promise<T>,
  timeoutMs: number = WAIT_MS,
): Promise<T> {
  let late: NodeJS.Timeout | undefined
  const bound = new Promise<never>((_, reject) => {
    late = setTimeout(() => {
      const described = typeof what === 'string' ? what : what()
      reject(new Error(`Waited ${timeoutMs} ms in vain for ${described}`))
    }, timeoutMs)
  })
  try {
    return await Promise.race([promise, bound])
  } finally {
    clearTimeout(late)
  }
}
