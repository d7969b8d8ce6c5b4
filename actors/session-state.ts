/**
 * The state of a session, and how it follows the inbox. Pure: no store, no socket, no clock.
 *
 * Guarantees: whatever becomes of the hints (lost, doubled, out of order), each `n` after the first position is
 * passed exactly once and in order: a hint that is next is shown at once, any other makes the session pull.
 *
 * 15,000 idle sessions share a node: what few of them need at a time is `undefined` until then.
 */

import type { ServerFrame, Subprotocol } from '../protocol/index.ts'
import type { InboxMessage, UserKey } from '../storage/index.ts'
import type { Connection, GatewayMsg, SessionArg, SessionMsg, Topic } from './messages.ts'

/** Client frames that arrive while the replay runs; one more closes the socket with 4008. */
export const WAITING_FRAMES_MAX = 256
export const WAITING_BYTES_MAX = 2 * 1_024 * 1_024
/** Events that arrive while the replay runs; one more closes the socket with 4000, and the client resumes. */
export const WAITING_EVENTS_MAX = 1_000
/** Answers that the gateway has refused for the moment; one more closes the socket with 4000. */
export const UNSENT_MAX = 512

/** How far a session is through its user's inbox. */
export interface InboxPosition {
  /** Everything up to here was shown, or is known to the client. */
  n: number
  /** The greatest `n` it was told of. */
  target: number
  /** Reading from the store: hints only raise the target. */
  pulling: boolean
  /** Hints may have been lost: read once more even if the target is reached. */
  look: boolean
}

/** What an answer waits for: its turn among the answers of its conversation. */
export interface AnswerSlot {
  frame: ServerFrame | undefined
}

/** What arrives while the session opens. */
export interface Waiting {
  readonly frames: Uint8Array[]
  readonly events: Extract<SessionMsg, { type: 'deliver' | 'event' | 'writable' }>[]
  bytes: number
}

export class SessionState implements InboxPosition {
  readonly connection: Connection
  readonly user: UserKey
  readonly device: string
  readonly codec: Subprotocol
  /** `opening` until the replay is through; `closing` once the gateway was asked to close the socket. */
  phase: 'opening' | 'live' | 'closing' | 'closed' = 'opening'
  n = 0
  target = 0
  pulling = true
  look = false
  /** Asks and reads for the client that are not yet answered. */
  open = 0
  topics: Topic[] | undefined = undefined
  waiting: Waiting | undefined = undefined
  unsent: GatewayMsg[] | undefined = undefined
  /** Posts under way, by conversation, in the order they came. */
  posts: Map<string, AnswerSlot[]> | undefined = undefined

  constructor({ connection, user, device, codec }: SessionArg) {
    this.connection = connection
    this.user = user
    this.device = device
    this.codec = codec
  }
}

/** What to do about one hint. */
export type HintAction =
  /** It is the next one: it was passed now. */
  | 'next'
  /** Something before it is missing: read the inbox. */
  | 'pull'
  /** Known already, or the pull under way will find it. */
  | 'ignore'

export function takeHint(position: InboxPosition, n: number): HintAction {
  if (n <= position.n) return 'ignore'
  if (n > position.target) position.target = n
  if (position.pulling) return 'ignore'
  if (n > position.n + 1) return 'pull'
  position.n = n
  return 'next'
}

/** Those of a page that were not passed yet. Whoever shows one sets `position.n` to its number. */
export function newOnes(position: InboxPosition, items: readonly InboxMessage[]): readonly InboxMessage[] {
  return items.filter(({ n }) => n > position.n)
}

/** Before a page is read: what is asked for from now on needs another one. */
export function beginPage(position: InboxPosition): void {
  position.pulling = true
  position.look = false
}

/** After a page was passed: true when another one has to be read, else the hints are live again. */
export function needsMore(position: InboxPosition, more: boolean): boolean {
  position.pulling = more || position.look || position.n < position.target
  return position.pulling
}

/** Keeps a frame for after the replay. False when there is no room. */
export function holdFrame(state: SessionState, data: Uint8Array): boolean {
  const waiting = waitingOf(state)
  if (waiting.frames.length >= WAITING_FRAMES_MAX || waiting.bytes + data.length > WAITING_BYTES_MAX)
    return false
  waiting.frames.push(data)
  waiting.bytes += data.length
  return true
}

/** Keeps an event for after the replay. False when there is no room. */
export function holdEvent(state: SessionState, event: Waiting['events'][number]): boolean {
  const { events } = waitingOf(state)
  if (events.length >= WAITING_EVENTS_MAX) return false
  events.push(event)
  return true
}

function waitingOf(state: SessionState): Waiting {
  state.waiting ??= { frames: [], events: [], bytes: 0 }
  return state.waiting
}

/** Opens a place for the next answer of a conversation. */
export function openSlot(state: SessionState, conversation: string): AnswerSlot {
  state.posts ??= new Map()
  const slots = state.posts.get(conversation)
  const slot: AnswerSlot = { frame: undefined }
  if (slots === undefined) state.posts.set(conversation, [slot])
  else slots.push(slot)
  return slot
}

/** The answers of a conversation whose turn has come, first to last. */
export function dueAnswers(state: SessionState, conversation: string): readonly ServerFrame[] {
  const { posts } = state
  const slots = posts?.get(conversation)
  if (posts === undefined || slots === undefined) return []
  const firstOpen = slots.findIndex(({ frame }) => frame === undefined)
  const due = slots.splice(0, firstOpen < 0 ? slots.length : firstOpen)
  if (slots.length === 0) posts.delete(conversation)
  if (posts.size === 0) state.posts = undefined
  return due.flatMap(({ frame }) => frame ?? [])
}
