/**
 * Envelopes: what stands in a mailbox where a plain message would not do. Plain messages are stored as they
 * are.
 */

import type { Refused } from '../actor/definition.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { Watch } from './watch.ts'

/** Anything in a mailbox that is not a plain message. */
export abstract class Envelope {
  /** What the handler gets. */
  abstract readonly message: unknown
}

/** A caller that waits, seen from the actors that work for it: the way back to the first caller. */
export interface ChainLink {
  readonly caller: AnyRef
  readonly callerName: string
  readonly via: ChainLink | null
}

/** A request with an open call behind it. */
export abstract class CallEnvelope extends Envelope {
  /** The waiting callers, the nearest first; null when the caller does not wait (`ask`) or is no actor. */
  abstract readonly chain: ChainLink | null
  /** Tells the caller that the request will never be handled. */
  abstract failed(code: 'MAILBOX_FULL' | 'ACTOR_GONE', detail: string): void
}

/** A message from the runtime: `down`, `exit` or `started`. Never refused by a full mailbox. */
export class Notice extends Envelope {
  readonly message: unknown
  /** The monitor it came from, so that `demonitor` can still take it back. */
  readonly watch: Watch | null

  constructor(message: unknown, watch: Watch | null) {
    super()
    this.message = message
    this.watch = watch
  }
}

/** Goes to the definition's `refused` instead of its handler. */
export class RefusedNotice extends Envelope {
  /** Replaced by a larger count while it waits. */
  message: Refused

  constructor(message: Refused) {
    super()
    this.message = message
  }
}

/** The message itself, whatever stands for it in a mailbox. */
export function unwrap(entry: unknown): unknown {
  return entry instanceof Envelope ? entry.message : entry
}
