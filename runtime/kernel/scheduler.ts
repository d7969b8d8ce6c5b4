/**
 * Scheduler: gives the actors of one kernel their turns, first come, first served, and keeps the kernel's
 * reading of the clock.
 *
 * A reading of the clock costs half as much as a turn, so it is read once in 16 turns, and one in 32 is timed,
 * from which handler times are estimated. Where a look finds that handlers are slow, every turn has a look of
 * its own and one message, until they are quick again: otherwise what takes a millisecond each would hold up
 * rings and I/O for hundreds.
 */

import { Activity } from './activity.ts'
import { type Cell, DEAD, QUEUED, RUNNING } from './cell.ts'
import type { Kernel } from './kernel.ts'
import type { KernelPorts } from './ports.ts'
import { RunQueue } from './run-queue.ts'
import { Turns } from './turns.ts'

const MESSAGES_PER_TURN_DEFAULT = 64
const TURNS_PER_LOOK = 16
const LOOK_MASK = TURNS_PER_LOOK - 1
const TURNS_PER_SAMPLE = 32
const SAMPLE_MASK = TURNS_PER_SAMPLE - 1
/** Turns that take longer on average than this, in ms, are slow. */
const SLOW_TURN_MS = 0.1

export class Scheduler {
  // `declare`: see `Ref`. Not #private: see `Activity`.
  declare readonly turns: Turns
  /** The last reading of the monotonic clock. */
  lastReading = 0.5
  /**
   * Whole ms since the kernel's start, as of the last clock reading; wraps after 24 days, so only differences
   * count.
   */
  nowMs = 0
  readonly runQueue = new RunQueue()
  declare readonly activity: Activity
  running = false
  /** Handlers have been found slow. */
  slow = false
  declare readonly messagesPerTurn: number
  declare readonly ports: KernelPorts
  readonly #startedAt: number
  /** Handler time by slot, in ms. */
  #handlerMs = new Float64Array(1_024)

  constructor(kernel: Kernel, messagesPerTurn = MESSAGES_PER_TURN_DEFAULT) {
    this.messagesPerTurn = messagesPerTurn
    this.ports = kernel.ports
    this.#startedAt = kernel.ports.clock.monotonic()
    this.activity = new Activity(kernel.ports.activity.cells)
    this.turns = new Turns(kernel, this)
  }

  /** Gives turns until none is wanted or the monotonic clock has passed `end`. */
  run(end: number): void {
    const { runQueue, turns, activity, messagesPerTurn } = this
    this.running = true
    for (let cell = runQueue.shift(); cell !== undefined; cell = runQueue.shift()) {
      if (!this.slow && (activity.turn & LOOK_MASK) !== 0) turns.give(cell, messagesPerTurn)
      else if (this.#giveAndLook(cell) >= end) break
    }
    this.running = false
    activity.rest()
  }

  /** Gives one turn. */
  step(): void {
    this.running = true
    const cell = this.runQueue.shift()
    if (cell !== undefined) this.turns.give(cell, this.messagesPerTurn)
    this.running = false
  }

  /** Puts an actor into the run queue, whatever it is waiting for, unless it stands there or is in work. */
  wakeUp(cell: Cell): void {
    if (cell.status & (QUEUED | RUNNING | DEAD)) return
    cell.status |= QUEUED
    this.runQueue.push(cell)
    if (!this.running) this.ports.wake()
  }

  /** Notes that a message is about to be put into a mailbox. */
  noteArrival(cell: Cell): void {
    if (cell.length === 0) cell.waitingSince = this.nowMs
  }

  /** Has an actor take its messages, if nothing else keeps it from that. */
  noteWaiting(cell: Cell): void {
    if (!cell.queueQuietly()) return
    this.runQueue.push(cell)
    if (!this.running) this.ports.wake()
  }

  /** Puts an actor that has given way back into the run queue. */
  requeue(cell: Cell): void {
    cell.status = QUEUED
    this.runQueue.push(cell)
  }

  /** The monotonic clock, also kept for what needs no better reading. */
  readClock(): number {
    const now = this.ports.clock.monotonic()
    this.lastReading = now
    this.nowMs = (now - this.#startedAt) | 0
    return now
  }

  /** Estimated time in handlers, in ms. */
  handlerMsOf(cell: Cell): number {
    return this.#handlerMs[cell.ref.slot] ?? 0
  }

  /** How long the oldest waiting message has waited at most, in ms; 0 when none waits. */
  oldestAgeMs(cell: Cell): number {
    return cell.length === 0 ? 0 : (this.nowMs - cell.waitingSince) | 0
  }

  /** A new actor takes over a slot. */
  resetTime(slot: number): void {
    if (slot < this.#handlerMs.length) this.#handlerMs[slot] = 0
  }

  #giveAndLook(cell: Cell): number {
    const { lastReading, slow } = this
    const { slot } = cell.ref
    const timed = slow || (this.activity.turn & SAMPLE_MASK) === 0
    const before = timed ? this.ports.clock.monotonic() : lastReading
    this.turns.give(cell, slow ? 1 : this.messagesPerTurn)
    const after = this.readClock()
    this.slow = after - before > (timed ? SLOW_TURN_MS : SLOW_TURN_MS * TURNS_PER_LOOK)
    if (timed) this.#addTime(slot, slow ? after - before : (after - before) * TURNS_PER_SAMPLE)
    return after
  }

  #addTime(slot: number, ms: number): void {
    if (slot >= this.#handlerMs.length) {
      const grown = new Float64Array(2 ** Math.ceil(Math.log2(slot + 1)))
      grown.set(this.#handlerMs)
      this.#handlerMs = grown
    }
    this.#handlerMs[slot] = (this.#handlerMs[slot] as number) + ms
  }
}
