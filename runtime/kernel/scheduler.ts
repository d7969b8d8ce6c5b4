/**
 * Scheduler: gives the actors of one kernel their turns, first come, first served, and keeps the kernel's reading of the clock.
 *
 * The clock is read at the start of a slice and at one turn in 32, which is timed as well: often enough for the budget, rare enough to cost
 * nothing. Handler times are estimated from those turns.
 */

import { Activity } from './activity.ts'
import { type Cell, DEAD, QUEUED, RUNNING } from './cell.ts'
import type { Kernel } from './kernel.ts'
import type { KernelPorts } from './ports.ts'
import { RunQueue } from './run-queue.ts'
import { Turns } from './turns.ts'

const MESSAGES_PER_TURN_DEFAULT = 64
const TURNS_PER_SAMPLE = 32
const SAMPLE_MASK = TURNS_PER_SAMPLE - 1

export class Scheduler {
  // `declare`: see `Ref`. Not #private: see `Activity`.
  declare readonly turns: Turns
  /** The last reading of the monotonic clock. */
  lastReading = 0.5
  /** Whole ms since the kernel's start, as of the last clock reading; wraps after 24 days, so only differences count. */
  nowMs = 0
  readonly runQueue = new RunQueue()
  declare readonly activity: Activity
  running = false
  declare readonly ports: KernelPorts
  readonly #startedAt: number
  /** Handler time by slot, in ms. */
  #handlerMs = new Float64Array(1_024)

  constructor(kernel: Kernel, messagesPerTurn = MESSAGES_PER_TURN_DEFAULT) {
    this.ports = kernel.ports
    this.#startedAt = kernel.ports.clock.monotonic()
    this.activity = new Activity(kernel.ports.activity.cells)
    this.turns = new Turns(kernel, this, messagesPerTurn)
  }

  /** Gives turns until none is wanted or the monotonic clock has passed `end`. */
  run(end: number): void {
    const { runQueue, turns, activity } = this
    this.running = true
    for (let cell = runQueue.shift(); cell !== undefined; cell = runQueue.shift()) {
      if ((activity.turn & SAMPLE_MASK) !== 0) turns.give(cell)
      else if (this.#giveTimed(cell) >= end) break
    }
    this.running = false
    activity.rest()
  }

  /** Gives one turn. */
  step(): void {
    this.running = true
    const cell = this.runQueue.shift()
    if (cell !== undefined) this.turns.give(cell)
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

  #giveTimed(cell: Cell): number {
    const before = this.ports.clock.monotonic()
    const { slot } = cell.ref
    this.turns.give(cell)
    const after = this.readClock()
    if (slot >= this.#handlerMs.length) {
      const grown = new Float64Array(2 ** Math.ceil(Math.log2(slot + 1)))
      grown.set(this.#handlerMs)
      this.#handlerMs = grown
    }
    this.#handlerMs[slot] = (this.#handlerMs[slot] as number) + (after - before) * TURNS_PER_SAMPLE
    return after
  }
}
