/**
 * Pump: runs one kernel on an event loop: reads its rings, gives it turns, publishes what it sent, sleeps.
 *
 * Neither starves the other: a slice ends after about `SLICE_MS`, and I/O gets its turn between slices unless
 * the kernel has become idle meanwhile. The thread sleeps when there is nothing to do and is woken by whoever
 * publishes to one of its rings. Cost: one libuv timer for all timers of the kernel; nothing while idle.
 */

import type { Kernel } from '../kernel/kernel.ts'
import type { ControlBlock } from './control-block.ts'
import type { RingTransport } from './ring-transport.ts'

const SLICE_MS = 1
/**
 * Work that comes up after a slice, such as an awaited reply, is done in quick slices, as microtasks, which
 * keep loops of calls fast. So many, and for so long, before I/O gets its turn.
 */
const QUICK_SLICES_MAX = 256
const QUICK_MS = 1
/** A settled promise's `then` queues a microtask for less than `queueMicrotask` does. */
const SETTLED = Promise.resolve()
/** How soon a full ring is tried again. */
const RETRY_MS = 1

export class Pump {
  readonly #kernel: Kernel
  readonly #transport: RingTransport
  readonly #control: ControlBlock
  /** A slice is due as soon as I/O has had its turn. */
  #sliceDue = false
  #quickSliceDue = false
  #slicing = false
  #asleep = false
  #stopped = false
  #quickSlices = 0
  #quickEnd = 0
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity

  constructor(kernel: Kernel, transport: RingTransport) {
    this.#kernel = kernel
    this.#transport = transport
    this.#control = transport.control
  }

  /** Asks for a slice soon. */
  wake(): void {
    if (this.#slicing || this.#stopped) return
    if (!this.#sliceDue) this.#soon()
    if (this.#quickSliceDue || this.#quickSlices >= QUICK_SLICES_MAX) return
    this.#quickSliceDue = true
    SETTLED.then(this.#quickSlice)
  }

  /** Gives no more turns and holds nothing that keeps the process alive. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  readonly #slice = (): void => {
    this.#sliceDue = false
    if (this.#stopped) return
    this.#slicing = true
    this.#control.answerPing()
    this.#transport.drain()
    this.#kernel.run(SLICE_MS)
    this.#quickSlices = 0
    this.#quickEnd = this.#kernel.scheduler.lastReading + QUICK_MS
    const waiting = this.#transport.flush()
    this.#slicing = false
    if (this.#kernel.busy || this.#transport.ready) this.#soon()
    else this.#rest(waiting)
  }

  /** Neither reads rings nor rests: the slice that is due does. */
  readonly #quickSlice = (): void => {
    this.#quickSliceDue = false
    if (this.#stopped) return
    this.#slicing = true
    this.#quickSlices++
    if (!this.#kernel.runOn(this.#quickEnd)) this.#quickSlices = QUICK_SLICES_MAX
    this.#transport.flush()
    this.#slicing = false
  }

  #rest(waiting: boolean): void {
    const { monotonic } = this.#kernel.ports.clock
    const deadline = waiting ? monotonic() + RETRY_MS : this.#kernel.nextDeadline()
    if (deadline < this.#timerAt) this.#armTimer(deadline, monotonic())
    this.#sleep()
  }

  #armTimer(deadline: number, now: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = deadline
    // Rounded up, since a timer of the kernel must not fire early and would only be looked at twice.
    this.#timer = setTimeout(this.#onTimer, Math.max(1, Math.ceil(deadline - now)))
  }

  readonly #onTimer = (): void => {
    this.#timerAt = Infinity
    this.#slice()
  }

  /** While one sleep is pending, further ones would be for the same wake-up. */
  #sleep(): void {
    if (this.#asleep) return
    this.#control.park()
    // After the store that announces the sleep: what was published before it is seen here, what comes later
    // wakes us.
    if (this.#transport.ready) return this.#soon()
    const woken = this.#control.sleep()
    if (woken === undefined) return this.#soon()
    this.#asleep = true
    woken.then(this.#onWoken)
  }

  readonly #onWoken = (): void => {
    this.#asleep = false
    this.#slice() // at once: what it was woken for lies in a ring
  }

  #soon(): void {
    if (this.#sliceDue) return
    this.#sliceDue = true
    setImmediate(this.#slice)
  }
}
