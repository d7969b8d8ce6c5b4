/**
 * Turns: what an actor does when its turn has come: begin, take messages, wait for a promise of its own, end.
 *
 * Guarantees: one message at a time; at most `limit` in a turn; whatever the actor's code throws ends that
 * actor only.
 */

import { type Next, Stop } from '../actor/definition.ts'
import { RuntimeError } from '../actor/errors.ts'
import type { Activity } from './activity.ts'
import {
  AWAITING,
  type Cell,
  DEAD,
  EXITING,
  IDLE,
  QUEUED,
  RUNNING,
  STARTING,
  STOPPING,
  SUSPENDED,
} from './cell.ts'
import { CallEnvelope, Envelope, Notice, RefusedNotice } from './envelope.ts'
import type { Kernel } from './kernel.ts'
import type { Scheduler } from './scheduler.ts'

export class Turns {
  // `declare`: see `Ref`. Not #private: see `Activity`.
  declare readonly kernel: Kernel
  declare readonly scheduler: Scheduler
  declare readonly activity: Activity

  constructor(kernel: Kernel, scheduler: Scheduler) {
    this.kernel = kernel
    this.scheduler = scheduler
    this.activity = scheduler.activity
  }

  /** One turn of at most `limit` messages. */
  give(cell: Cell, limit: number): void {
    this.activity.beginTurn(cell.ref.slot, cell.ref.incarnation)
    if (!cell.beginQuietly() && !this.#attend(cell)) return
    const { handle } = cell.type.definition
    let left = limit
    while (cell.length > 0 && left > 0) {
      left--
      const message = cell.take()
      try {
        if (cell.envelopes > 0 && message instanceof Envelope) this.#open(cell, message)
        else {
          this.activity.beginMessage(cell.record(message))
          if (this.kernel.traced) this.kernel.tracing.handled(cell, message)
          const next = handle(cell.state as never, message as never, cell as never)
          if (next !== undefined || cell.openCalls > 0) this.#follow(cell, next)
        }
      } catch (error) {
        this.kernel.exits.crash(cell, error, 'handle')
      }
      if (!cell.quiet) break
    }
    if (!cell.quiet) this.#leave(cell)
    else if (cell.length > 0) this.#giveWay(cell, limit)
    else cell.endQuietly()
  }

  /** More messages wait than fit into a turn. */
  #giveWay(cell: Cell, taken: number): void {
    cell.noteLeftover(taken, this.scheduler.nowMs)
    this.scheduler.requeue(cell)
  }

  /** A message that is more than a message. */
  #open(cell: Cell, envelope: Envelope): void {
    cell.envelopes--
    if (envelope instanceof Notice && envelope.watch?.cancelled) return
    const { message } = envelope
    this.activity.beginMessage(cell.record(message))
    if (this.kernel.traced) this.kernel.tracing.handled(cell, message)
    if (envelope instanceof CallEnvelope) cell.request = envelope
    const { definition } = cell.type
    const next =
      envelope instanceof RefusedNotice
        ? this.kernel.refusals.handle(cell, envelope)
        : definition.handle(cell.state, message as never, cell as never)
    if (next !== undefined || cell.openCalls > 0) this.#follow(cell, next)
    if ((cell.status & AWAITING) === 0) cell.request = null
  }

  /** Acts on what a handler returned. */
  #follow(cell: Cell, next: Next): void {
    if (next instanceof Promise) {
      this.await(cell, next, 'handle', (settled) => {
        if (settled instanceof Stop) this.kernel.exits.end(cell, settled.reason)
      })
      return
    }
    requireNoOpenCalls(cell)
    if (next instanceof Stop) this.kernel.exits.end(cell, next.reason)
  }

  /** What came up during a turn besides messages. */
  #leave(cell: Cell): void {
    cell.status &= ~RUNNING
    if (cell.status & DEAD) return
    if (cell.status & EXITING) return this.kernel.exits.obey(cell)
    if ((cell.status & (AWAITING | SUSPENDED | STARTING | STOPPING)) === 0) this.scheduler.wakeUp(cell)
  }

  /** The start of a turn in an unusual state. True when messages may be taken. */
  #attend(cell: Cell): boolean {
    this.activity.beginOther(cell.type.label)
    cell.status &= ~QUEUED
    if (cell.status & DEAD) return false
    if (cell.status & EXITING) {
      this.kernel.exits.obey(cell)
      return false
    }
    if (cell.status & (AWAITING | STOPPING)) return false
    if (cell.status & STARTING && !this.#init(cell)) return false
    if (cell.status & SUSPENDED) return false
    cell.status = RUNNING
    return true
  }

  /** True when the actor is ready for its first message. */
  #init(cell: Cell): boolean {
    const arg = cell.state
    cell.status |= RUNNING
    try {
      const made = cell.type.definition.init(arg as never, cell as never)
      if (made instanceof Promise) {
        this.await(cell, made, 'init', (state) => this.#initDone(cell, state))
      } else {
        requireNoOpenCalls(cell)
        this.#initDone(cell, made)
      }
    } catch (error) {
      this.kernel.exits.crash(cell, error, 'init')
    }
    if (cell.status & DEAD) return false
    cell.status &= ~RUNNING
    if (cell.status === IDLE) return true
    this.#leave(cell)
    return false
  }

  #initDone(cell: Cell, made: unknown): void {
    if (made instanceof Stop) return this.kernel.exits.end(cell, made.reason)
    cell.state = made
    cell.status &= ~STARTING
    // A supervisor has started when its children have; it says so itself.
    if (cell.type.definition.kind === 'actor') this.kernel.spawner.started(cell, undefined)
  }

  /**
   * Suspends an actor until a promise of its own code settles. What settles after the actor's end is ignored.
   */
  await(
    cell: Cell,
    promise: Promise<unknown>,
    during: 'init' | 'handle' | 'terminate',
    done: (value: unknown) => void,
  ): void {
    const related = cell.related
    const { abandoned } = related
    cell.status |= AWAITING
    this.kernel.openPromises++
    const settle = (act: () => void): void => {
      this.kernel.openPromises--
      if (cell.status & DEAD || related.abandoned !== abandoned) return
      cell.status &= ~AWAITING
      try {
        act()
      } catch (error) {
        this.kernel.exits.crash(cell, error, during)
      }
      if (cell.status & DEAD) return
      if (during !== 'terminate') cell.request = null
      this.scheduler.wakeUp(cell)
    }
    promise.then(
      (value) =>
        settle(() => {
          requireNoOpenCalls(cell)
          done(value)
        }),
      (error: unknown) =>
        settle(() => {
          throw error
        }),
    )
  }
}

function requireNoOpenCalls(cell: Cell): void {
  const open = cell.openCalls
  if (open === 0) return
  const message = `Cannot end the handler of ${cell}: ${open} of its calls are open; await them or use ask`
  throw new RuntimeError('CALL_NOT_AWAITED', message, { context: { actor: cell.toString(), open } })
}
