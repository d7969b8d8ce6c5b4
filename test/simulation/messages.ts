/** What the actors of random programs say to each other. */

import type { AnyRef, Down, Exit, Ref, ReplyTo } from '../../runtime/actor/index.ts'

/** A call on its way to whoever will answer it. */
export interface Kept {
  readonly id: number
  readonly replyTo: ReplyTo<number>
}

export type Msg =
  /** From the driver: do something of your own choice. */
  | { readonly type: 'act'; readonly n: number }
  /** Numbered for each pair of actors. May carry a call for the receiver to answer in the sender's place. */
  | { readonly type: 'note'; readonly from: AnyRef; readonly n: number; readonly pass: Kept | null }
  /** To be answered with its own number, so that an answer that reaches the wrong call is seen. */
  | { readonly type: 'query'; readonly id: number; readonly depth: number; readonly replyTo: ReplyTo<number> }
  /** What became of an `ask`. */
  | { readonly type: 'outcome'; readonly id: number }
  /** What became of a `task`. */
  | { readonly type: 'done' }
  /** A timer of the actor's own. */
  | { readonly type: 'tick'; readonly id: number }
  | Down
  | Exit

/** What an actor is started with. */
export interface Birth {
  readonly name: string | null
  /** Which child of a supervisor it is. */
  readonly key: string | null
  readonly init: 'quick' | 'slow' | 'throws' | 'stops'
}

export type Actor = Ref<Msg>
