/**
 * ConversationState: what the owner of a conversation knows and decides, without effects.
 *
 * Guarantees
 * - Work is taken in the order it came: batches of posts, and changes of membership alone between them. So every
 *   message goes to exactly those who are members at its place in the log.
 * - One piece of work at a time; meanwhile at most `PENDING_MAX` pieces and `PENDING_CHARS_MAX` characters wait.
 * - The head only grows.
 */

import { INBOX_MEMBERS_MAX } from '../protocol/index.ts'
import { type ConversationRecord, type NewMessage, tenantOf, type UserKey } from '../storage/index.ts'
import { type Audience, audienceOf } from './audience.ts'
import { MembershipCache } from './membership-cache.ts'
import type { ConversationRequest, Topic } from './messages.ts'
import { Receipts } from './receipts.ts'

export const PENDING_MAX = 1_000
/** A thousand ordinary messages are far below it; it bounds a flood of the longest ones. */
export const PENDING_CHARS_MAX = 8_000_000
export const BATCH_MAX = 256
export const GROUP_MEMBERS_MAX = 10_000
const KNOWN_MEMBERS_MAX = 10_000
const MEMBER_TRUST_MS = 30_000

export type PostRequest = Extract<ConversationRequest, { type: 'post' }>
export type ChangeRequest = Extract<ConversationRequest, { type: 'addMember' | 'removeMember' }>

export interface Post {
  readonly request: PostRequest
  readonly message: NewMessage
}

/** Where messages go: into inboxes, or to a topic. */
export type Route =
  | { readonly kind: 'inboxes'; readonly users: readonly UserKey[]; readonly audience: Audience }
  | { readonly kind: 'topic'; readonly topic: Topic }

export type Work =
  | { readonly kind: 'batch'; readonly posts: readonly Post[]; readonly route: Route }
  | { readonly kind: 'change'; readonly request: ChangeRequest }

type Piece = Post | ChangeRequest

export class ConversationState {
  readonly record: ConversationRecord
  readonly receipts = new Receipts()
  /** Channels: who is known to be in the guild. */
  readonly known = new MembershipCache(KNOWN_MEMBERS_MAX, MEMBER_TRUST_MS)
  readonly #threads: number
  readonly #members: Set<UserKey>
  #route: Route
  #head: number
  #pending: Piece[] = []
  #pendingChars = 0
  #working = false

  constructor(record: ConversationRecord, members: readonly UserKey[], head: number, threads: number) {
    this.record = record
    this.#threads = threads
    this.#members = new Set(members)
    this.#head = head
    this.#route = this.#routeNow()
  }

  get head(): number {
    return this.#head
  }

  /** Where messages go now. */
  get route(): Route {
    return this.#route
  }

  get isChannel(): boolean {
    return this.record.kind === 'channel'
  }

  get memberCount(): number {
    return this.#members.size
  }

  get busy(): boolean {
    return this.#working || this.#pending.length > 0
  }

  /** Whether a group would fit into inboxes with one member less. */
  get shrinksNext(): boolean {
    return this.#route.kind === 'topic' && this.#members.size === INBOX_MEMBERS_MAX + 1
  }

  /** Members of a 1:1 or group. */
  members(): readonly UserKey[] {
    return [...this.#members]
  }

  /** Of a 1:1 or group. */
  isMember(user: UserKey): boolean {
    return this.#members.has(user)
  }

  sameTenant(user: UserKey): boolean {
    return tenantOf(user) === this.record.tenant
  }

  /** True when the head has moved. */
  reached(seq: number): boolean {
    if (seq <= this.#head) return false
    this.#head = seq
    return true
  }

  /** False when too much waits already. */
  enqueue(piece: Piece): boolean {
    const chars = charsOf(piece)
    if (this.#pending.length >= PENDING_MAX || this.#pendingChars + chars > PENDING_CHARS_MAX) return false
    this.#pending.push(piece)
    this.#pendingChars += chars
    return true
  }

  /** What is to be done next; undefined while something is being done, or when nothing waits. */
  next(): Work | undefined {
    const first = this.#pending[0]
    if (this.#working || first === undefined) return undefined
    this.#working = true
    if (isChange(first)) {
      this.#take(1)
      return { kind: 'change', request: first }
    }
    const change = this.#pending.findIndex(isChange)
    const posts = this.#take(Math.min(change < 0 ? this.#pending.length : change, BATCH_MAX)) as Post[]
    return { kind: 'batch', posts, route: this.#route }
  }

  /** The piece of work that `next` gave out is done. */
  finished(): void {
    this.#working = false
  }

  /** Takes a change that the store has made into account. */
  changed({ type, user }: ChangeRequest): void {
    if (type === 'addMember') this.#members.add(user)
    else this.#members.delete(user)
    this.#route = this.#routeNow()
  }

  #take(count: number): Piece[] {
    const taken = this.#pending.splice(0, count)
    for (const piece of taken) this.#pendingChars -= charsOf(piece)
    return taken
  }

  #routeNow(): Route {
    if (this.isChannel) return { kind: 'topic', topic: this.record.guild ?? this.record.id }
    if (this.#members.size > INBOX_MEMBERS_MAX) return { kind: 'topic', topic: this.record.id }
    const users = [...this.#members]
    return { kind: 'inboxes', users, audience: audienceOf(users, this.#threads) }
  }
}

function isChange(piece: Piece): piece is ChangeRequest {
  return 'type' in piece
}

function charsOf(piece: Piece): number {
  return isChange(piece) ? 0 : piece.message.body.length
}
