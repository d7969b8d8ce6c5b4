/**
 * Links: the relations between actors: links, which share an end, and monitors, which tell of it.
 *
 * The link between a parent and a child of the same thread is kept in the cells themselves (a list of
 * siblings); all others in sets.
 */

import type { ExitReason } from '../actor/exit-reason.ts'
import { type AnyRef, sameRef } from '../actor/ref.ts'
import type { Cell } from './cell.ts'
import { Notice } from './envelope.ts'
import type { Kernel } from './kernel.ts'
import { refKey, threadOfKey } from './ref-table.ts'
import { RemoteWatcher, Watch } from './watch.ts'

/** What carries exit signals; see `Exits`. */
export interface ExitSender {
  signal(from: AnyRef, to: AnyRef, reason: ExitReason, linked: boolean): void
  strike(cell: Cell, from: AnyRef, reason: ExitReason, linked: boolean): void
}

export class Links {
  readonly #kernel: Kernel
  /** Monitors on actors of other threads, by id. */
  readonly #remoteWatches = new Map<number, Watch>()
  #lastWatch = 0
  #lastUnlink = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Monitors that actors here hold on actors of other threads. */
  get watchingElsewhere(): number {
    return this.#remoteWatches.size
  }

  // --- links ---

  /** The link a child is born with. */
  linkToParent(child: Cell, parent: Cell | null, parentRef: AnyRef | undefined): void {
    if (parent === null) {
      if (parentRef !== undefined) this.add(child, parentRef)
      return
    }
    const related = parent.related
    child.parentCell = parent
    child.nextSibling = related.children
    if (related.children !== null) related.children.previousSibling = child
    related.children = child
    related.linkedChildren++
  }

  /** `link`: adds the relation on both sides, wherever they are. */
  link(cell: Cell, other: AnyRef, exits: ExitSender): void {
    if (sameRef(other, cell.ref) || this.has(cell, other)) return
    if (other.thread !== this.#kernel.thread) {
      cell.relations?.unlinking?.delete(refKey(other))
      this.add(cell, other)
      this.#kernel.ports.transport.signal(other.thread, { kind: 'link', from: cell.ref, to: other })
      return
    }
    const otherCell = this.#kernel.cells.get(other)
    this.add(cell, other)
    if (otherCell !== undefined) this.add(otherCell, cell.ref)
    else exits.signal(other, cell.ref, 'noproc', true)
  }

  /** An actor of another thread made a link. */
  linked(from: AnyRef, to: AnyRef): void {
    const cell = this.#kernel.cells.get(to)
    if (cell === undefined) {
      const signal = { kind: 'exit', from: to, to: from, reason: 'noproc', linked: true } as const
      this.#kernel.ports.transport.signal(from.thread, signal)
    } else if (cell.relations?.unlinking?.has(refKey(from)) !== true) this.add(cell, from)
  }

  /**
   * `unlink`: removes the relation on both sides. Until a partner on another thread has confirmed it, its
   * links count for nothing: it made them before it heard, and will remove them when it does. Without that,
   * two ends that unlink at once and link again disagree. Source: the link protocol of OTP 23.3 (`UNLINK_ID`
   * and its ack).
   */
  unlink(cell: Cell, other: AnyRef): void {
    if (this.drop(cell, other) === undefined) return
    if (other.thread === this.#kernel.thread) {
      const otherCell = this.#kernel.cells.get(other)
      if (otherCell !== undefined) this.drop(otherCell, cell.ref)
      return
    }
    const id = ++this.#lastUnlink
    const related = cell.related
    related.unlinking ??= new Map()
    related.unlinking.set(refKey(other), id)
    this.#kernel.ports.transport.signal(other.thread, { kind: 'unlink', from: cell.ref, to: other, id })
  }

  /** An actor of another thread took a link back. */
  unlinked(from: AnyRef, to: AnyRef, id: number): void {
    const cell = this.#kernel.cells.get(to)
    if (cell !== undefined) this.drop(cell, from)
    this.#kernel.ports.transport.signal(from.thread, { kind: 'unlinkDone', from: to, to: from, id })
  }

  unlinkDone(from: AnyRef, to: AnyRef, id: number): void {
    const unlinking = this.#kernel.cells.get(to)?.relations?.unlinking
    if (unlinking?.get(refKey(from)) === id) unlinking.delete(refKey(from))
  }

  add(cell: Cell, other: AnyRef): void {
    const related = cell.related
    related.links ??= new Set()
    related.links.add(other)
  }

  has(cell: Cell, other: AnyRef): boolean {
    return madeLink(cell, other) !== undefined || this.#bornLink(cell, other) !== undefined
  }

  /**
   * Removes this side of a link; returns the partner as this side knows it, or undefined when there is no
   * link.
   */
  drop(cell: Cell, other: AnyRef): AnyRef | undefined {
    const made = madeLink(cell, other)
    if (made !== undefined) {
      cell.relations?.links?.delete(made)
      return made
    }
    const child = this.#bornLink(cell, other)
    if (child !== undefined) this.leaveParent(child)
    return child === undefined ? undefined : other
  }

  /** The child of a born link between the two, whichever of them it is. */
  #bornLink(cell: Cell, other: AnyRef): Cell | undefined {
    if (other.thread !== this.#kernel.thread) return undefined
    if (cell.parentCell !== null && sameRef(cell.parentCell.ref, other)) return cell
    if (cell.relations === null || cell.relations.children === null) return undefined
    const child = this.#kernel.cells.get(other)
    return child !== undefined && child.parentCell === cell ? child : undefined
  }

  /** Removes a born link. */
  leaveParent(child: Cell): void {
    const { parentCell, nextSibling, previousSibling } = child
    if (parentCell === null) return
    if (previousSibling !== null) previousSibling.nextSibling = nextSibling
    else parentCell.related.children = nextSibling
    if (nextSibling !== null) nextSibling.previousSibling = previousSibling
    parentCell.related.linkedChildren--
    child.parentCell = null
    child.nextSibling = null
    child.previousSibling = null
  }

  /** Everyone linked to a dead actor gets its reason. */
  partLinks(dead: Cell, reason: ExitReason, exits: ExitSender): void {
    const { parentCell, relations } = dead
    for (let child = relations?.children ?? null; child !== null; child = relations?.children ?? null) {
      this.leaveParent(child)
      exits.strike(child, dead.ref, reason, true)
    }
    if (parentCell !== null) {
      this.leaveParent(dead)
      exits.strike(parentCell, dead.ref, reason, true)
    }
    for (const other of relations?.links ?? []) exits.signal(dead.ref, other, reason, true)
  }

  // --- monitors ---

  monitor(watcher: Cell, ref: AnyRef): Watch {
    const remote = ref.thread !== this.#kernel.thread
    const watch = new Watch(ref, watcher, remote ? this.#nextWatch() : 0)
    const related = watcher.related
    if (remote) {
      this.#remoteWatches.set(watch.id, watch)
      const signal = { kind: 'monitor', from: watcher.ref, to: ref, id: watch.id } as const
      this.#kernel.ports.transport.signal(ref.thread, signal)
    } else {
      const target = this.#kernel.cells.get(ref)
      if (target === undefined) {
        this.#fire(watch, 'noproc')
        return watch
      }
      const { related: watched } = target
      watched.watchers ??= new Set()
      watched.watchers.add(watch)
    }
    related.watching ??= new Set()
    related.watching.add(watch)
    return watch
  }

  demonitor(watch: Watch): void {
    watch.cancelled = true
    watch.watcher.relations?.watching?.delete(watch)
    this.#removeFromTarget(watch)
  }

  /** An actor of another thread monitors one of this. */
  monitored(from: AnyRef, to: AnyRef, id: number): void {
    const cell = this.#kernel.cells.get(to)
    if (cell === undefined) {
      const signal = { kind: 'down', from: to, to: from, id, reason: 'noproc' } as const
      this.#kernel.ports.transport.signal(from.thread, signal)
      return
    }
    const related = cell.related
    related.remoteWatchers ??= new Map()
    related.remoteWatchers.set(watcherKey(from.thread, id), new RemoteWatcher(from, id))
  }

  demonitored(from: AnyRef, to: AnyRef, id: number): void {
    this.#kernel.cells.get(to)?.relations?.remoteWatchers?.delete(watcherKey(from.thread, id))
  }

  /** A monitored actor of another thread ended. */
  down(id: number, reason: ExitReason): void {
    const watch = this.#remoteWatches.get(id)
    if (watch === undefined) return
    this.#remoteWatches.delete(id)
    watch.watcher.relations?.watching?.delete(watch)
    this.#fire(watch, reason)
  }

  /** Everyone who watches a dead actor is told. */
  fireWatchers(dead: Cell, reason: ExitReason): void {
    if (dead.relations === null) return
    const { watchers, remoteWatchers } = dead.relations
    for (const watch of watchers ?? []) {
      watch.watcher.relations?.watching?.delete(watch)
      this.#fire(watch, reason)
    }
    for (const { watcher, id } of remoteWatchers?.values() ?? []) {
      this.#kernel.ports.transport.signal(watcher.thread, {
        kind: 'down',
        from: dead.ref,
        to: watcher,
        id,
        reason,
      })
    }
  }

  /** A dead actor watches nobody any more. */
  dropWatching(dead: Cell): void {
    const watching = dead.relations?.watching
    if (watching === null || watching === undefined) return
    for (const watch of watching) {
      watch.cancelled = true
      this.#removeFromTarget(watch)
    }
  }

  /**
   * Every actor of a thread is dead: links and monitors on them fire, and what they held here is forgotten.
   */
  threadDown(thread: number, exits: ExitSender): void {
    for (const [id, watch] of this.#remoteWatches) {
      if (watch.ref.thread === thread) this.down(id, 'threadDown')
    }
    const { cells } = this.#kernel
    for (let slot = 0; slot < cells.slots; slot++) {
      const cell = cells.at(slot)
      if (cell === undefined || cell.relations === null) continue
      const { links, remoteWatchers, unlinking } = cell.relations
      for (const other of links ?? []) {
        if (other.thread === thread) exits.signal(other, cell.ref, 'threadDown', true)
      }
      for (const [key, { watcher }] of remoteWatchers ?? []) {
        if (watcher.thread === thread) remoteWatchers?.delete(key)
      }
      for (const key of unlinking?.keys() ?? []) if (threadOfKey(key) === thread) unlinking?.delete(key)
    }
  }

  #fire(watch: Watch, reason: ExitReason): void {
    if (watch.cancelled) return
    this.#kernel.notify(watch.watcher, new Notice({ type: 'down', ref: watch.ref, reason }, watch))
  }

  #removeFromTarget(watch: Watch): void {
    if (watch.id === 0) {
      this.#kernel.cells.get(watch.ref)?.relations?.watchers?.delete(watch)
      return
    }
    if (!this.#remoteWatches.delete(watch.id)) return
    const signal = { kind: 'demonitor', from: watch.watcher.ref, to: watch.ref, id: watch.id } as const
    this.#kernel.ports.transport.signal(watch.ref.thread, signal)
  }

  #nextWatch(): number {
    this.#lastWatch = (this.#lastWatch + 1) & 0x3fff_ffff || 1
    return this.#lastWatch
  }
}

/**
 * The object by which a link is kept: not always the one at hand, for example when an operator's text was
 * parsed.
 */
function madeLink(cell: Cell, other: AnyRef): AnyRef | undefined {
  const links = cell.relations?.links
  if (links === null || links === undefined) return undefined
  if (links.has(other)) return other
  for (const made of links) if (sameRef(made, other)) return made
  return undefined
}

const THREADS_MAX = 4_096
const watcherKey = (thread: number, id: number): number => id * THREADS_MAX + thread
