/**
 * peekAt: what waits in a mailbox: types, and only when asked for a bounded picture of the contents and of
 * the state.
 *
 * Takes nothing and runs no code of the messages. Contents may be private: whoever exposes them decides who
 * may see them.
 */

import type { Cell } from '../kernel/cell.ts'
import { CallEnvelope, Envelope } from '../kernel/envelope.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { render } from './render.ts'
import { isInstance, messageTypeOf } from './safe-read.ts'

export interface PeekedMessage {
  readonly type: string
  /** A `call` has someone waiting for its answer; a `notice` is the runtime's own, such as `down`. */
  readonly kind: 'message' | 'call' | 'notice'
  /** One line; undefined when content was not asked for. */
  readonly content: string | undefined
}

export interface Peek {
  readonly ref: string
  readonly mailboxLength: number
  readonly oldestAgeMs: number
  /** The first in line, oldest first. */
  readonly messages: readonly PeekedMessage[]
  /**
   * One line; undefined when content was not asked for. Before `init` has finished it is the argument of
   * `init`.
   */
  readonly state: string | undefined
}

export const PEEK_MESSAGES_MAX = 100
/** Characters of one answer: that many for all messages together, and for the state. */
const MESSAGES_LENGTH_MAX = 20_000
const STATE_LENGTH_MAX = 20_000

export function peekAt(kernel: Kernel, cell: Cell, messages: number, depth: number | undefined): Peek {
  kernel.scheduler.readClock() // the age is told as of now
  const count = Math.min(messages, cell.length, PEEK_MESSAGES_MAX)
  const totalLength = Math.floor(MESSAGES_LENGTH_MAX / Math.max(1, count))
  return {
    ref: cell.ref.toString(),
    mailboxLength: cell.length,
    oldestAgeMs: kernel.scheduler.oldestAgeMs(cell),
    messages: Array.from({ length: count }, (_, index) => peeked(cell.peek(index), depth, totalLength)),
    state: depth === undefined ? undefined : render(cell.state, { depth, totalLength: STATE_LENGTH_MAX }),
  }
}

function peeked(entry: unknown, depth: number | undefined, totalLength: number): PeekedMessage {
  const message = isInstance(entry, Envelope) ? entry.message : entry
  return {
    type: messageTypeOf(message),
    kind: kindOfEntry(entry),
    content: depth === undefined ? undefined : render(message, { depth, totalLength }),
  }
}

function kindOfEntry(entry: unknown): PeekedMessage['kind'] {
  if (isInstance(entry, CallEnvelope)) return 'call'
  return isInstance(entry, Envelope) ? 'notice' : 'message'
}
