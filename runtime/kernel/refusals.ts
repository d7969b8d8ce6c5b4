/**
 * Refusals: what happens at a full mailbox, and how a sender on another thread hears of it.
 *
 * Towards other threads refusals are counted per pair of actors and told at most once a millisecond, so that
 * a flood of refused messages does not become a flood of refusals. Bounded by the pairs that send meanwhile.
 */

import type { Refusal } from '../actor/context.ts'
import { RuntimeError, unreachable } from '../actor/errors.ts'
import { toErrorData } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { Cell } from './cell.ts'
import { CallEnvelope, Envelope, RefusedNotice, unwrap } from './envelope.ts'
import type { Kernel } from './kernel.ts'
import { TimerNode } from './timer-wheel.ts'

const TELL_AFTER_MS = 1

export class Refusals {
  /** Messages refused: by full mailboxes here, and by the way from here to other threads. */
  total = 0
  readonly #kernel: Kernel
  readonly #untold = new Map<AnyRef, Map<AnyRef, number>>()
  readonly #timer: TimerNode

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#timer = new (class extends TimerNode {
      fire = (): void => tellAll()
    })()
    const tellAll = (): void => this.#tellAll()
  }

  /** Applies the mailbox's policy. Undefined: there is room now. */
  whenFull(cell: Cell, message: unknown): Refusal | undefined {
    const { mailboxLimit, onFull } = cell.type.definition
    switch (onFull) {
      case 'refuse':
        this.total++
        cell.related.refused++
        return refusal('MAILBOX_FULL', cell.ref, `its mailbox already holds ${mailboxLimit} messages`)
      case 'dropOldest':
        this.#drop(cell)
        return undefined
      case 'close':
        this.#kernel.exits.order(cell, toErrorData(overflow(cell, mailboxLimit)))
        this.#kernel.scheduler.wakeUp(cell)
        return this.#kernel.refuseGone(cell.ref, message)
      default:
        return unreachable(onFull)
    }
  }

  /** Notices must not be lost: the oldest plain message or request goes. */
  #drop(cell: Cell): void {
    const kept: Envelope[] = []
    for (let waiting = cell.length; waiting > 0; waiting--) {
      const oldest = cell.take()
      if (oldest instanceof Envelope && !(oldest instanceof CallEnvelope)) {
        kept.push(oldest)
        continue
      }
      if (oldest instanceof CallEnvelope) {
        cell.envelopes--
        oldest.failed('MAILBOX_FULL', 'dropped from a full mailbox')
      }
      cell.related.dropped++
      this.#kernel.deadLetters.add(this.#kernel.ports.clock.now(), cell.ref, unwrap(oldest), 'dropped')
      break
    }
    if (kept.length > 0) cell.putBack(kept)
  }

  /** A message from another thread was refused. */
  tell(from: AnyRef, to: AnyRef): void {
    let counts = this.#untold.get(from)
    if (counts === undefined) {
      counts = new Map()
      this.#untold.set(from, counts)
    }
    counts.set(to, (counts.get(to) ?? 0) + 1)
    if (!this.#timer.running) this.#kernel.timers.start(this.#timer, this.#kernel.monotonic(), TELL_AFTER_MS)
  }

  #tellAll(): void {
    for (const [from, counts] of this.#untold) {
      for (const [to, count] of counts) {
        this.#kernel.ports.transport.signal(from.thread, { kind: 'refused', from: to, to: from, count })
      }
    }
    this.#untold.clear()
  }

  /** Gives a report of refusals to the actor's `refused`, where other messages go to `handle`. */
  handle(cell: Cell, notice: RefusedNotice): undefined {
    cell.related.refusals?.delete(notice.message.to)
    cell.type.definition.refused?.(cell.state, notice.message, cell as never)
  }

  /** Another thread refused messages of an actor here. */
  told(from: AnyRef, to: AnyRef, count: number): void {
    const cell = this.#kernel.cells.get(to)
    if (cell === undefined) return
    const related = cell.related
    related.refusedElsewhere += count
    if (cell.type.definition.refused === undefined) return
    related.refusals ??= new Map()
    const waiting = related.refusals.get(from)
    if (waiting !== undefined) {
      waiting.message = { to: from, count: waiting.message.count + count }
      return
    }
    const notice = new RefusedNotice({ to: from, count })
    related.refusals.set(from, notice)
    this.#kernel.notify(cell, notice)
  }
}

const FACTS: Readonly<Record<Exclude<Refusal['code'], 'MAILBOX_FULL'>, string>> = {
  ACTOR_GONE: 'no such actor is alive',
  RING_FULL: 'the ring to its thread is full',
  MESSAGE_NOT_PORTABLE: 'the message holds a value that cannot cross threads',
  MESSAGE_TOO_LARGE: 'the message is larger than a ring carries',
  UNKNOWN_NAME: 'no actor has this name',
}

/** The value that a `send` returns when it was not accepted. */
export function refusal(code: Refusal['code'], to: AnyRef | string, detail: string): Refusal {
  const fact = code === 'MAILBOX_FULL' ? detail : FACTS[code]
  return { code, to, message: `Cannot send to ${to}: ${fact}` }
}

function overflow(cell: Cell, limit: number): RuntimeError {
  return new RuntimeError(
    'MAILBOX_OVERFLOW',
    `Cannot keep ${cell}: its mailbox overflowed its ${limit} messages`,
    {
      context: { actor: cell.toString(), limit },
    },
  )
}
