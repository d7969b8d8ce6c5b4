/** What the parts of the conversation actor share: its messages and its state. */

import type { Context, Outcome, Ref } from '../runtime/index.ts'
import type { Appended, UserKey } from '../storage/index.ts'
import type { ChangeRequest, ConversationState, Post, Route } from './conversation-state.ts'
import type { ConversationRequest, Idle, Retire } from './messages.ts'

/** Requests that only members may make. */
export type MemberRequest = Exclude<ConversationRequest, { type: 'forgetMember' }>
export type AdvanceRequest = Extract<ConversationRequest, { type: 'ack' | 'read' }>

export type ConversationMsg =
  | ConversationRequest
  | Retire
  | {
      readonly type: 'appended'
      readonly posts: readonly Post[]
      readonly route: Route
      readonly outcome: Outcome<readonly Appended[]>
    }
  | { readonly type: 'changed'; readonly request: ChangeRequest; readonly outcome: Outcome<Change> }
  | { readonly type: 'lookedUp'; readonly user: UserKey; readonly outcome: Outcome<boolean> }
  | { readonly type: 'advanced'; readonly request: AdvanceRequest; readonly outcome: Outcome<number> }
  | { readonly type: 'headRead'; readonly outcome: Outcome<number> }
  | { readonly type: 'readHead' }
  | { readonly type: 'repeatHead' }
  | { readonly type: 'tellReceipts' }
  | { readonly type: 'checkIdle' }

/** What the store says after a change of membership: how far each of `users` has read. */
export interface Change {
  readonly changed: boolean
  readonly users: readonly UserKey[]
  readonly reads: readonly number[]
}

export interface Lookup {
  readonly waiting: MemberRequest[]
  /** The membership changed after the question: ask again. */
  stale: boolean
}

export interface ConversationOwner {
  readonly key: string
  readonly router: Ref<Idle>
  readonly state: ConversationState
  readonly threads: number
  readonly lookups: Map<UserKey, Lookup>
  /** Requests that wait for a lookup. */
  lookingUp: number
  /** Cursors on their way into the store. */
  advancing: number
  headTimer: boolean
  receiptTimer: boolean
  usedAtMs: number
  /** The router sends nothing more. */
  retiring: boolean
}

export type ConversationContext = Context<ConversationMsg>
