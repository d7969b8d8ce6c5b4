/**
 * Pump: runs one kernel on an event loop: reads its rings, gives it turns, publishes what it sent, sleeps.
 *
 * Neither starves the other: a slice ends after about `SLICE_MS`, and I/O gets its turn between slices unless the kernel has become idle
 * meanwhile. The thread sleeps when there is nothing to do and is woken by whoever publishes to one of its rings.
 * Cost: one libuv timer for all timers of the kernel; nothing while idle.
 */

import type { Kernel } from '../kernel/kernel.ts'
import type { ControlBlock } from './control-block.ts'
import type { RingTransport } from './ring-transport.ts'

const SLICE_MS = 1
/** Slices in a row as microtasks, which keep loops of calls fast, before I/O gets its turn; the clock is looked at every 8. */
const MICRO_SLICES_MAX = 256
const MICRO_SLICES_PER_LOOK = 8
const MICRO_MS_MAX = 4
/** How soon a full ring is tried again. */
const RETRY_MS = 1

export class Pump {
  readonly #kernel: Kernel
  readonly #transport: RingTransport
  readonly #control: ControlBlock
  #scheduled = false
  #slicing = false
  #asleep = false
  #stopped = false
  #microSlices = 0
  #microSince = 0
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity

  constructor(kernel: Kernel, transport: RingTransport) {
    this.#kernel = kernel
    this.#transport = transport
    this.#control = transport.control
  }

  /** Asks for a slice soon. */
  wake(): void {
    if (this.#scheduled || this.#slicing || this.#stopped) return
    this.#scheduled = true
    if (this.#mayRunBeforeIo()) queueMicrotask(this.#slice)
    else this.#afterIo()
  }

  /** Gives no more turns and holds nothing that keeps the process alive. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  readonly #slice = (): void => {
    this.#scheduled = false
    if (this.#stopped) return
    this.#slicing = true
    this.#control.answerPing()
    this.#transport.drain()
    this.#kernel.run(SLICE_MS)
    const waiting = this.#transport.flush()
    this.#slicing = false
    if (this.#kernel.busy || this.#transport.ready) this.#soon()
    else this.#rest(waiting)
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
    this.wake()
  }

  /** While one sleep is pending, further ones would be for the same wake-up. */
  #sleep(): void {
    if (this.#asleep) return
    this.#control.park()
    // After the store that announces the sleep: what was published before it is seen here, what comes later wakes us.
    if (this.#transport.ready) return this.#soon()
    const woken = this.#control.sleep()
    if (woken === undefined) return this.#soon()
    this.#asleep = true
    woken.then(this.#onWoken)
  }

  readonly #onWoken = (): void => {
    this.#asleep = false
    this.wake()
  }

  #soon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#afterIo()
  }

  #afterIo(): void {
    setImmediate(() => {
      this.#microSlices = 0
      this.#slice()
    })
  }

  #mayRunBeforeIo(): boolean {
    const count = this.#microSlices++
    if (count === 0) this.#microSince = performance.now()
    else if (count >= MICRO_SLICES_MAX) return false
    else if (count % MICRO_SLICES_PER_LOOK === 0) return performance.now() - this.#microSince < MICRO_MS_MAX
    return true
  }
}
