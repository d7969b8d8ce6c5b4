/**
 * Exits: how actors end, and who is told.
 *
 * An exit signal is only noted here and acted on at the actor's own turn, so however long a chain of links
 * is, nothing nests.
 */

import { describeExit, type ExitReason, isNormalExit, toErrorData } from '../actor/exit-reason.ts'
import { type AnyRef, sameRef } from '../actor/ref.ts'
import { AWAITING, type Cell, DEAD, EXITING, STARTING, STOPPING } from './cell.ts'
import { CallEnvelope, Envelope, Notice } from './envelope.ts'
import type { CrashReport } from './events.ts'
import type { Kernel } from './kernel.ts'
import { Links } from './links.ts'

export class Exits {
  readonly links: Links
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.links = new Links(kernel)
  }

  // --- signals ---

  /** Sends an exit signal to an actor anywhere. */
  signal(from: AnyRef, to: AnyRef, reason: ExitReason, linked: boolean): void {
    if (to.thread !== this.#kernel.thread) {
      this.#kernel.ports.transport.signal(to.thread, { kind: 'exit', from, to, reason, linked })
      return
    }
    const cell = this.#kernel.cells.get(to)
    if (cell !== undefined) this.receive(cell, from, reason, linked)
  }

  /** An exit signal has arrived. Those of a link count only while the link stands. */
  receive(cell: Cell, from: AnyRef, reason: ExitReason, linked: boolean): void {
    const sender = linked ? this.links.drop(cell, from) : from
    if (sender === undefined) return
    if (!linked && reason === 'kill') this.kill(cell)
    else this.strike(cell, sender, reason, linked)
  }

  /** Acts on an exit signal that counts: it ends the actor, becomes a message, or is ignored. */
  strike(cell: Cell, from: AnyRef, reason: ExitReason, linked: boolean): void {
    if (cell.type.definition.trapExit && !this.#isOrder(cell, from, linked)) {
      return this.#kernel.notify(cell, new Notice({ type: 'exit', ref: from, reason }, null))
    }
    const ignored = reason === 'normal' && !cell.type.definition.trapExit && !sameRef(from, cell.ref)
    if (!ignored) this.order(cell, reason)
  }

  /**
   * A parent's exit cannot be trapped, as long as the two are linked: a child must not outlive its
   * supervisor's order.
   */
  #isOrder(cell: Cell, from: AnyRef, linked: boolean): boolean {
    return cell.parent !== undefined && sameRef(cell.parent, from) && (linked || this.links.has(cell, from))
  }

  /** Orders an actor to stop before its next message. The first order holds. */
  order(cell: Cell, reason: ExitReason): void {
    if (cell.status & (EXITING | DEAD)) return
    if (cell.type.definition.kind === 'supervisor' && (cell.status & STARTING) === 0) {
      // A supervisor has its children to stop first: it gets the order as a message, and ends itself.
      return this.#kernel.notifyFirst(
        cell,
        new Notice({ type: 'stopOrder', reason: plainReason(reason) }, null),
      )
    }
    cell.related.exiting = plainReason(reason)
    cell.status |= EXITING
    this.#kernel.scheduler.wakeUp(cell)
  }

  /** Orders an actor to end at once. Overrules every other order. */
  kill(cell: Cell): void {
    const related = cell.related
    // A first order that only waits for its turn has decided the reason already; to one that traps, a kill
    // comes before any order.
    const ordered = (cell.status & (EXITING | STOPPING)) === EXITING && !cell.type.definition.trapExit
    if (!ordered) related.exiting = 'killed'
    related.killed = true
    cell.status |= EXITING
    this.#kernel.scheduler.wakeUp(cell)
  }

  /**
   * Carries out the order, unless it has to wait for an awaiting handler. An `init` is given up: nothing has
   * started yet.
   */
  obey(cell: Cell): void {
    const { exiting, killed } = cell.related
    if (!killed && cell.status & AWAITING && (cell.status & STARTING) === 0) return
    if (!killed && cell.status & STOPPING) {
      cell.status &= ~EXITING
      return
    }
    this.#end(cell, exiting as ExitReason, killed)
  }

  // --- endings ---

  /** A handler returned `stop`. */
  end(cell: Cell, given: ExitReason): void {
    const reason = plainReason(given)
    if (!isNormalExit(reason)) this.#report(cell, reason, cell.status & STARTING ? 'init' : 'handle')
    this.#end(cell, reason, false)
  }

  /** An actor's own code threw. */
  crash(cell: Cell, thrown: unknown, during: CrashReport['during']): void {
    const reason = toErrorData(thrown)
    this.#report(cell, reason, during)
    if (during === 'terminate') this.#bury(cell, reason)
    else this.#end(cell, reason, false)
  }

  /** An actor's own code threw while none of its messages was in work. */
  crashBetweenTurns(cell: Cell, thrown: unknown): void {
    const reason = toErrorData(thrown)
    this.#report(cell, reason, 'handle')
    this.order(cell, reason)
  }

  #end(cell: Cell, reason: ExitReason, killed: boolean): void {
    const { terminate } = cell.type.definition
    const started = (cell.status & STARTING) === 0
    cell.status = STOPPING | (cell.status & STARTING)
    if (cell.relations !== null) cell.relations.abandoned++
    cell.openCalls = 0
    if (killed || !started || terminate === undefined) return this.#bury(cell, reason)
    try {
      const stopping = terminate(cell.state as never, reason, cell as never)
      if (stopping instanceof Promise)
        this.#kernel.scheduler.turns.await(cell, stopping, 'terminate', () => this.#bury(cell, reason))
      else this.#bury(cell, reason)
    } catch (error) {
      this.crash(cell, error, 'terminate')
    }
  }

  /** The end itself: nothing of the actor runs any more, and everyone is told. */
  #bury(cell: Cell, reason: ExitReason): void {
    const kernel = this.#kernel
    cell.status = DEAD
    kernel.cells.remove(cell)
    cell.type.live--
    this.#failStart(cell, reason)
    this.#emptyMailbox(cell)
    this.#release(cell)
    this.links.partLinks(cell, reason, this)
    this.links.fireWatchers(cell, reason)
    const detail = describeExit(reason)
    for (let call = cell.callers; call !== null; call = cell.callers) {
      call.leaveCallee()
      call.calleeEnded(detail)
    }
    cell.state = undefined
  }

  #failStart(cell: Cell, reason: ExitReason): void {
    const { spawner } = this.#kernel
    if (!spawner.expects(cell)) return
    // The starter learns it as a failed start, not also as an exit.
    this.links.leaveParent(cell)
    spawner.started(cell, reason)
  }

  #emptyMailbox(cell: Cell): void {
    const { deadLetters, ports } = this.#kernel
    const now = cell.length > 0 ? ports.clock.now() : 0
    while (cell.length > 0) {
      const entry = cell.take()
      if (!(entry instanceof Envelope)) deadLetters.add(now, cell.ref, entry, 'ended')
      else if (entry instanceof CallEnvelope) deadLetters.add(now, cell.ref, entry.message, 'ended')
    }
  }

  #release(cell: Cell): void {
    const { relations } = cell
    if (relations === null) return
    for (let timer = relations.timers; timer !== null; timer = relations.timers) timer.cancel()
    if (relations.name !== undefined) this.#kernel.names.release(cell)
    if (relations.groups !== null) this.#kernel.groups.leaveAll(cell)
    this.#kernel.spawner.abortStarts(cell)
    this.links.dropWatching(cell)
  }

  #report(cell: Cell, reason: ExitReason, during: CrashReport['during']): void {
    const { ports, thread } = this.#kernel
    ports.report({
      type: 'crash',
      atMs: ports.clock.now(),
      thread,
      ref: cell.ref,
      actor: cell.type.definition.name,
      name: cell.name,
      parent: cell.parent,
      reason,
      during,
      lastMessages: cell.type.describeRecent(cell.recent, cell.recentOlder),
      handled: cell.handled,
      mailboxLength: cell.length,
    })
  }
}

/** A reason given by application code may be anything; only plain ones may travel. */
function plainReason(reason: ExitReason): ExitReason {
  if (typeof reason === 'string') return reason
  if (typeof reason === 'object' && reason !== null && 'shutdown' in reason) {
    const { shutdown } = reason
    return { shutdown: typeof shutdown === 'string' ? shutdown : toErrorData(shutdown) }
  }
  return toErrorData(reason)
}
