/**
 * RelayState: what has been published of a topic's conversations, and what is missing, without effects.
 *
 * Guarantees
 * - Messages of a conversation become due in the order of `seq`, each once; what comes late or twice is dropped.
 * - A jump of `seq`, and a head beyond what is known, make a gap to be read from the log.
 * - Nothing is due before the first check has told where the sockets are.
 *
 * Bounds: `AHEAD_MAX` messages of a conversation wait behind a gap (the log has the others), the last `FRAMES_MAX`
 * encoded frames of a conversation are kept, and `CACHE_BYTES_MAX` over all, so that whoever joins gets what was
 * published since he last looked.
 */

import type { StoredMessage } from '../storage/index.ts'
import type { Connection, TopicHead } from './messages.ts'

export const FRAMES_MAX = 256
const AHEAD_MAX = 256
/** A gap beyond it is told as `lagged` instead of being published. */
export const GAP_MAX = 1_000
const CACHE_BYTES_MAX = 4 * 1_024 * 1_024

/** A message in every codec. */
export interface Encoded {
  readonly json: string
  readonly msgpack: Uint8Array
}

export interface Due {
  readonly message: StoredMessage
  readonly from: Connection
}

/** Asks for the messages after `after` up to `to`. */
export interface Gap {
  readonly conversation: string
  readonly after: number
  readonly to: number
}

/** What one that has `reached` a place misses: frames that are kept, or a range to pull. */
export type Missing =
  | { readonly kind: 'frames'; readonly first: number; readonly frames: readonly Encoded[] }
  | { readonly kind: 'lagged'; readonly from: number; readonly to: number }

interface Track {
  /** The last published, or where the sockets were before; undefined until checked. */
  last: number | undefined
  /** The greatest heard of. */
  target: number
  readonly ahead: Map<number, Due>
  /** Of the messages up to `last`, without a hole. */
  frames: Encoded[]
  bytes: number
}

export class RelayState {
  /** Those published to most recently come last. */
  readonly #tracks = new Map<string, Track>()
  #bytes = 0
  #isChecked = false

  /** The last published of a conversation; 0 when nothing is known. */
  last(conversation: string): number {
    return this.#tracks.get(conversation)?.last ?? 0
  }

  /** The greatest heard of; 0 when nothing is known. */
  target(conversation: string): number {
    return this.#tracks.get(conversation)?.target ?? 0
  }

  /** A message to be published in its turn. */
  offer(message: StoredMessage, from: Connection): void {
    const track = this.#track(message.conversation)
    const { seq } = message
    const last = track.last ?? 0
    if (seq <= last) return
    track.target = Math.max(track.target, seq)
    if (track.ahead.has(seq)) return
    if (track.ahead.size < AHEAD_MAX || seq === last + 1) track.ahead.set(seq, { message, from })
  }

  /** The log goes up to `seq`, at least. */
  headIs({ conversation, seq }: TopicHead): void {
    const track = this.#track(conversation)
    track.target = Math.max(track.target, seq)
  }

  conversations(): readonly string[] {
    return [...this.#tracks.keys()]
  }

  /** The next message of a conversation, if it is there. */
  due(conversation: string): Due | undefined {
    const track = this.#tracks.get(conversation)
    return track?.last === undefined ? undefined : track.ahead.get(track.last + 1)
  }

  /** What must be read from the log before anything is due; undefined when nothing is missing. */
  gap(conversation: string): Gap | undefined {
    const track = this.#tracks.get(conversation)
    if (track?.last === undefined || track.last >= track.target) return undefined
    if (track.ahead.has(track.last + 1)) return undefined
    return { conversation, after: track.last, to: track.target }
  }

  /** The due message has been published. */
  published(conversation: string, encoded: Encoded): void {
    const track = this.#track(conversation)
    const seq = (track.last ?? 0) + 1
    track.ahead.delete(seq)
    track.last = seq
    this.#keep(conversation, track, encoded)
  }

  /** Gives up what lies before `to`, this included: it was told as `lagged`. */
  skipTo(conversation: string, to: number): void {
    const track = this.#track(conversation)
    track.last = Math.max(track.last ?? 0, to)
    this.#forgetAhead(track)
    this.#drop(track, track.frames.length)
  }

  /**
   * Takes over where the gateway says that the sockets are, and where the log is. Returns what the gateway does not
   * know and has to be told.
   *
   * A topic that it knows nothing of has had no socket: whoever joins has read the log, up to what has come since. In
   * one that it knows, a conversation that it does not is newer than the baseline, and of it nothing was published.
   */
  checked(sockets: readonly TopicHead[], log: readonly TopicHead[]): readonly TopicHead[] {
    const isKnown = sockets.length > 0 || this.#isChecked
    for (const head of log) this.headIs(head)
    for (const { conversation, seq } of sockets) this.#goBack(this.#track(conversation), seq)
    const heads = new Map(log.map(({ conversation, seq }) => [conversation, seq]))
    for (const [conversation, track] of this.#tracks) {
      track.last ??= isKnown ? 0 : firstLast(track, heads.get(conversation) ?? 0)
      this.#forgetAhead(track)
    }
    this.#isChecked = true
    const known = new Set(sockets.map(({ conversation }) => conversation))
    return this.heads().filter(({ conversation }) => !known.has(conversation))
  }

  /** The last published of every conversation. */
  heads(): readonly TopicHead[] {
    return this.conversations().map((conversation) => ({ conversation, seq: this.last(conversation) }))
  }

  /** What a socket that has reached `reached` misses of what was published; undefined for nothing. */
  missing({ conversation, seq }: TopicHead): Missing | undefined {
    const track = this.#tracks.get(conversation)
    if (track?.last === undefined || seq >= track.last) return undefined
    const count = track.last - seq
    if (count > track.frames.length) return { kind: 'lagged', from: seq + 1, to: track.last }
    return { kind: 'frames', first: seq + 1, frames: track.frames.slice(-count) }
  }

  #track(conversation: string): Track {
    let track = this.#tracks.get(conversation)
    if (track === undefined) {
      const last = this.#isChecked ? 0 : undefined
      track = { last, target: 0, ahead: new Map(), frames: [], bytes: 0 }
      this.#tracks.set(conversation, track)
    }
    return track
  }

  /** Some of what was published may have been refused on the way. */
  #goBack(track: Track, seq: number): void {
    if (track.last !== undefined && track.last <= seq) return
    track.target = Math.max(track.target, track.last ?? 0)
    this.#drop(track, track.frames.length)
    track.last = seq
  }

  #forgetAhead({ ahead, last = 0 }: Track): void {
    for (const seq of ahead.keys()) if (seq <= last) ahead.delete(seq)
  }

  #keep(conversation: string, track: Track, encoded: Encoded): void {
    this.#tracks.delete(conversation)
    this.#tracks.set(conversation, track)
    track.frames.push(encoded)
    track.bytes += bytesOf(encoded)
    this.#bytes += bytesOf(encoded)
    this.#drop(track, track.frames.length - FRAMES_MAX)
    for (const quiet of this.#tracks.values()) {
      if (this.#bytes <= CACHE_BYTES_MAX) return
      this.#drop(quiet, quiet === track ? 1 : quiet.frames.length)
    }
  }

  #drop(track: Track, count: number): void {
    if (count <= 0) return
    for (const encoded of track.frames.splice(0, count)) {
      track.bytes -= bytesOf(encoded)
      this.#bytes -= bytesOf(encoded)
    }
  }
}

function firstLast({ ahead }: Track, head: number): number {
  return Math.min(head, ...Array.from(ahead.keys(), (seq) => seq - 1))
}

function bytesOf({ json, msgpack }: Encoded): number {
  return json.length + msgpack.length
}
