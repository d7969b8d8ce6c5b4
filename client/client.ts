/**
 * GuildhallClient: the thin shell around the state machine. It owns the socket, one timer, the promises and the store;
 * every decision is made in `state.ts`.
 *
 * Guarantees
 * - `message` is emitted in order of `seq`, each message once in this process; own sends included.
 * - A message is acknowledged, and the cursor in the store moves, only after the listeners ran; a listener may return a
 *   promise and is waited for. After a crash of the process what was not stored is delivered again: at least once.
 * - A `send` resolves when the server holds the message durably. Until then it is in the outbox and in the store.
 */

import { Emitter, type Listener } from './emitter.ts'
import { ClientError } from './errors.ts'
import type { ChatMessage, ClientEvents, HistoryPage, SendOptions, Sent } from './events.ts'
import {
  type Clock,
  memoryStore,
  type Socket,
  type SocketFactory,
  type SocketHandlers,
  type Store,
  secureRandom,
  systemClock,
  webSocketFactory,
} from './ports.ts'
import { createState, nextDeadline, step } from './state.ts'
import { type Entry, OUTBOX_LIMIT } from './state-outbox.ts'
import type { Effect, HistoryQuery, HistoryStart, Input, State } from './state-types.ts'
import { StoreWriter } from './store-writer.ts'
import { loadStored } from './stored.ts'
import { uuidV7 } from './uuid.ts'
import { decodeFrame, encodeFrame, socketUrl } from './wire.ts'

/** How long `close` lets the outbox drain, and then the socket and the store finish: 5 s together. */
const CLOSE_DRAIN_MS = 4_000
const CLOSE_REST_MS = 1_000

export interface ClientOptions {
  /** `http://host:4000`, `ws://host:4000` or the full address of the socket. */
  readonly url: string
  /** Asked before every connect, so a function can hand out fresh ones. */
  readonly token: string | (() => string | Promise<string>)
  /** 1-64 characters, stable for this installation. Two clients with the same user and device replace each other. */
  readonly device: string
  /** Where cursors and unsent messages persist. Default: memory of this process. */
  readonly store?: Store
  /** Where a 1:1 or group without a cursor starts. Default `all`. */
  readonly history?: HistoryStart
  /** The same for the channels of guilds. Default `new`. */
  readonly channelHistory?: HistoryStart
  /** Messages that may wait. Default 1,000. */
  readonly outboxLimit?: number
  /** Name and version of the app, for the server's logs. */
  readonly client?: string
  readonly socket?: SocketFactory
  readonly clock?: Clock
  /** Numbers from 0 to below 1. Default: the platform's secure source. */
  readonly random?: () => number
}

interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: ClientError) => void
}

/** Creates a client and starts it. Add listeners in the same turn: nothing is emitted before it ends. */
export function connect(options: ClientOptions): GuildhallClient {
  const client = new GuildhallClient(options)
  client.start()
  return client
}

export class GuildhallClient {
  readonly #options: ClientOptions
  readonly #clock: Clock
  readonly #random: () => number
  readonly #state: State
  readonly #writer: StoreWriter
  readonly #emitter = new Emitter<ClientEvents>()
  readonly #inputs: Input[] = []
  readonly #sends = new Map<string, Waiting<Sent>>()
  readonly #calls = new Map<number, Waiting<HistoryPage>>()
  /** The end of what listeners of each conversation still do. */
  readonly #handling = new Map<string, Promise<unknown>>()
  #nextCall = 1
  #socket: Socket | null = null
  /** Counts sockets made and dropped: the one that events are taken from. */
  #dial = 0
  #socketClosed: Promise<void> = Promise.resolve()
  #cancelTimer: (() => void) | null = null
  #timerAt: number | null = null
  #stepping = false
  #closing: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null

  /** @throws ClientError BAD_OPTION for a url that is no address of a server or a device that is none. */
  constructor(options: ClientOptions) {
    const url = socketUrl(options.url)
    if (url === null) throw badOption(`url ${JSON.stringify(options.url)} is not ws(s):// or http(s)://`)
    if (!/^.{1,64}$/su.test(options.device)) {
      throw badOption(`device has ${options.device.length} characters, not 1-64`)
    }
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? secureRandom
    const { device, history = 'all', channelHistory = 'new', client } = options
    const settings = { device, history, channelHistory, ...(client === undefined ? {} : { client }) }
    this.#state = createState(url, settings, options.outboxLimit ?? OUTBOX_LIMIT)
    const store = options.store ?? memoryStore()
    this.#writer = new StoreWriter(store, (cause) => this.#storeFailed(cause))
    void this.#load(store)
  }

  /** Adds a listener; the answer removes it. */
  on<K extends keyof ClientEvents>(name: K, listener: Listener<ClientEvents[K]>): () => void {
    return this.#emitter.on(name, listener)
  }

  off<K extends keyof ClientEvents>(name: K, listener: Listener<ClientEvents[K]>): void {
    this.#emitter.off(name, listener)
  }

  /** Connects. Also the way back after `status` stopped, once there is a new token. Safe to call twice. */
  start(): void {
    this.#take({ type: 'start' })
  }

  /**
   * Sends one message under an id of its own, made here once. Resolves when it is durable on the server, through however
   * many reconnects. Order within a conversation is the order of the calls.
   * @throws ClientError OUTBOX_FULL, CLOSED, or the server's refusal (FORBIDDEN, NOT_FOUND, TOO_LARGE, CONFLICT, BAD_FRAME).
   */
  send(conversation: string, body: string, options: SendOptions = {}): Promise<Sent> {
    const id = uuidV7(this.#clock.now(), this.#random)
    const entry: Entry = { id, to: conversation, body, ...options }
    return new Promise((resolve, reject) => {
      this.#sends.set(id, { resolve, reject })
      this.#take({ type: 'send', entry })
    })
  }

  /** Says that the user has read up to `seq`. Kept until it could be said. */
  markRead(conversation: string, seq: number): void {
    this.#take({ type: 'read', conversation, seq })
  }

  /** Says that the user types. Dropped while offline. */
  typing(conversation: string): void {
    this.#take({ type: 'typing', conversation })
  }

  /**
   * Reads a page of at most 200 messages, oldest first. It moves no cursor and emits nothing.
   * @throws ClientError TIMEOUT after 10 s without an answer, CLOSED, or the server's refusal.
   */
  history(conversation: string, query: HistoryQuery = {}): Promise<HistoryPage> {
    const call = this.#nextCall++
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject })
      this.#take({ type: 'history', call, conversation, query })
    })
  }

  /**
   * Lets the outbox drain, ends the session and closes; at most 5 s. Sends that did not make it reject with CLOSED and stay
   * in the store for the next client. Safe to call twice.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      let resolve: () => void = () => {}
      const promise = new Promise<void>((done) => {
        resolve = done
      })
      this.#closing = { promise, resolve }
      this.#take({ type: 'close', waitMs: CLOSE_DRAIN_MS })
    }
    return this.#closing.promise
  }

  /** The user of the token, once `ready`. */
  get user(): string | null {
    return this.#state.user
  }

  get isOnline(): boolean {
    return this.#state.link.phase === 'online'
  }

  /** 1:1s and groups, as of `ready` and the changes since. */
  get conversations() {
    return [...this.#state.conversations.values()]
  }

  get guilds() {
    return [...this.#state.guilds.values()]
  }

  /** Messages that wait for the server. */
  get unsent(): number {
    return this.#state.outbox.slots.size
  }

  /** The largest `seq` known to exist; 0 for an unknown conversation. */
  head(conversation: string): number {
    return this.#state.timelines.get(conversation)?.head ?? 0
  }

  /** The `seq` up to which everything was emitted. */
  cursor(conversation: string): number {
    return this.#state.timelines.get(conversation)?.cursor ?? 0
  }

  async #load(store: Store): Promise<void> {
    const stored = await loadStored(store, (cause) => this.#storeFailed(cause))
    this.#take({ type: 'loaded', ...stored })
    this.#writer.open()
  }

  /** One input at a time: what a listener calls waits until the effects before it are done. */
  #take(input: Input): void {
    this.#inputs.push(input)
    if (this.#stepping) return
    this.#stepping = true
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) {
        for (const effect of step(this.#state, next, this.#clock.now(), this.#random)) this.#run(effect)
      }
    } finally {
      this.#stepping = false
    }
    this.#setTimer()
  }

  #run(effect: Effect): void {
    switch (effect.type) {
      case 'emit':
        return effect.name === 'message'
          ? this.#handMessage(effect.event)
          : void this.#emitter.emit(effect.name, effect.event)
      case 'fetchToken':
        return void this.#fetchToken(effect.dial)
      case 'open':
        return this.#open(effect.url)
      case 'drop':
        return this.#drop(effect.code)
      case 'write':
        return this.#socket?.send(encodeFrame(effect.frame))
      case 'save':
        return this.#writer.put(effect.key, effect.value)
      case 'erase':
        return this.#writer.put(effect.key, null)
      case 'sent':
        return settle(this.#sends, effect.id)?.resolve(effect.sent)
      case 'notSent':
        return settle(this.#sends, effect.id)?.reject(effect.error)
      case 'page':
        return settle(this.#calls, effect.call)?.resolve(effect.page)
      case 'noPage':
        return settle(this.#calls, effect.call)?.reject(effect.error)
      case 'closed':
        return void this.#finishClose()
    }
  }

  #handMessage(message: ChatMessage): void {
    const { conversation, seq } = message
    const mine = message.own && message.device === this.#options.device
    const pending = this.#emitter.emit('message', message)
    const before = this.#handling.get(conversation)
    const handled: Input = { type: 'handled', conversation, seq, mine }
    if (pending.length === 0 && !before) return this.#take(handled)
    const all = Promise.all([before, ...pending]).then(() => {
      if (this.#handling.get(conversation) === all) this.#handling.delete(conversation)
      this.#take(handled)
    })
    this.#handling.set(conversation, all)
  }

  async #fetchToken(dial: number): Promise<void> {
    const { token } = this.#options
    try {
      this.#take({ type: 'token', dial, token: typeof token === 'string' ? token : await token() })
    } catch (cause) {
      this.#take({ type: 'tokenFailed', dial, cause })
    }
  }

  #open(url: string): void {
    let closed: () => void = () => {}
    this.#socketClosed = new Promise((resolve) => {
      closed = resolve
    })
    const dial = ++this.#dial
    // Events of a socket that was dropped are nobody's any more.
    const take = (input: Input) => {
      if (this.#dial === dial) this.#take(input)
    }
    const handlers: SocketHandlers = {
      open: () => take({ type: 'opened' }),
      message: (data) => {
        const frame = decodeFrame(data)
        if (frame) take({ type: 'frame', frame })
      },
      closed: (code, reason) => {
        closed()
        take({ type: 'lost', code, reason })
      },
    }
    try {
      this.#socket = (this.#options.socket ?? webSocketFactory)(url, handlers)
    } catch {
      handlers.closed(1006, 'the socket could not be made')
    }
  }

  #drop(code: number): void {
    const socket = this.#socket
    this.#socket = null
    this.#dial += 1
    socket?.close(code, '')
  }

  async #finishClose(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const rest = new Promise<void>((resolve) => {
      const cancel = this.#clock.after(CLOSE_REST_MS, resolve)
      void Promise.all([this.#socketClosed, this.#writer.idle()]).then(() => {
        cancel()
        resolve()
      })
    })
    await rest
    this.#closing?.resolve()
  }

  #storeFailed(cause: unknown): void {
    this.#emitter.emit(
      'error',
      new ClientError('STORE', 'Cannot keep cursors or unsent messages: the store failed', { cause }),
    )
  }

  #setTimer(): void {
    const now = this.#clock.now()
    const at = nextDeadline(this.#state, now)
    if (at === this.#timerAt && this.#cancelTimer) return
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#timerAt = at
    if (at === null) return
    this.#cancelTimer = this.#clock.after(Math.max(0, Math.ceil(at - now)), () => {
      this.#cancelTimer = null
      this.#take({ type: 'tick' })
    })
  }
}

function settle<K, T>(waiting: Map<K, Waiting<T>>, key: K): Waiting<T> | undefined {
  const one = waiting.get(key)
  waiting.delete(key)
  return one
}

function badOption(fact: string): ClientError {
  return new ClientError('BAD_OPTION', `Cannot create a client: ${fact}`)
}
