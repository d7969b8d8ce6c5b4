/**
 * The messages and small values that the runtime itself puts into an actor's protocol.
 */

import type { ExitReason } from './exit-reason.ts'
import type { AnyRef } from './ref.ts'

/** A monitored actor ended. Add it to the message union of an actor that monitors. */
export interface Down {
  readonly type: 'down'
  /** The ref that was given to `monitor`. */
  readonly ref: AnyRef
  readonly reason: ExitReason
}

/** A linked actor ended, or sent an exit signal. Add it to the message union of an actor that traps exits. */
export interface Exit {
  readonly type: 'exit'
  readonly ref: AnyRef
  readonly reason: ExitReason
}

export declare const answers: unique symbol

/** Where an answer goes. Travels inside the request; may be passed on to whoever will answer. */
export interface ReplyTo<in Reply> {
  /** Exists in types only. */
  readonly [answers]: (reply: Reply) => void
}

/**
 * The messages of a protocol that are requests: those with a `type` and a `replyTo`, which may be `undefined`
 * where nobody asks.
 */
type RequestMsg<Msg> = Extract<Msg, { readonly type: string; readonly replyTo: ReplyTo<never> | undefined }>

/** What a caller writes: one of the protocol's requests without its `replyTo`, which the runtime adds. */
export type RequestTo<Msg> =
  RequestMsg<Msg> extends infer R ? (R extends unknown ? Omit<R, 'replyTo'> : never) : never

/** What the request of that type is answered with. */
export type ReplyOf<Msg, Type> =
  Extract<Msg, { readonly type: Type }> extends { readonly replyTo: ReplyTo<infer Reply> | undefined }
    ? Reply
    : never

/**
 * Where an actor is started: on the spawner's thread, on a given thread, or on a scheduler thread chosen by
 * the hash of a key (the same key always gives the same thread while the number of threads stays).
 */
export type Placement = 'here' | { readonly thread: number } | { readonly key: string }
