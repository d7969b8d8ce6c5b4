/**
 * Watchdog: finds threads that make no progress or that hold too much memory. It only looks and tells;
 * `Threads` acts.
 *
 * Progress is a change of the activity cell, or an answer to a ping, which a sleeping thread gives as well.
 * So a thread counts as stuck when a handler does not return, and when anything else blocks its event loop.
 * What it is doing is read from its control block. Time counts only while the main thread itself could look:
 * after a pause of the whole process nobody is called stuck.
 */

import {
  ACTIVITY_INCARNATION,
  ACTIVITY_LABEL_BITS,
  ACTIVITY_MESSAGE,
  ACTIVITY_SLOT,
} from '../kernel/activity-cells.ts'
import type { Clock } from '../kernel/ports.ts'
import type { ControlBlock } from './control-block.ts'

const LOOK_MS_MAX = 100
const LOOKS_PER_STUCK = 4
const MIB = 1_024 * 1_024

/** What a thread is in the middle of. */
export interface Activity {
  readonly slot: number
  readonly incarnation: number
  readonly actor: string
  /** Empty while the actor starts or stops. */
  readonly messageType: string
  readonly sinceMs: number
}

/** A thread as the watchdog sees it. */
export interface Watched {
  readonly thread: number
  readonly control: ControlBlock
  heapBytes(): Promise<number | undefined>
}

export interface WatchdogOptions {
  readonly clock: Clock
  readonly stuckMs: number
  readonly heapLimitMb: number
  /** The threads that run at this moment. */
  readonly watched: () => Iterable<Watched>
  readonly onStuck: (thread: number, activity: Activity | undefined, sinceMs: number) => void
  readonly onHeapLimit: (thread: number, heapBytes: number) => void
}

/** What was seen of one run of a thread. */
interface Sighting {
  message: number
  pong: number
  /** When this progress was first seen, and for how long it has been the last. */
  sinceMs: number
  stillMs: number
  heapBytes: number
  asking: boolean
}

export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #lookMs: number
  readonly #sightings = new Map<Watched, Sighting>()
  #timer: NodeJS.Timeout | undefined
  #lastLook = 0

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#lookMs = Math.min(Math.floor(options.stuckMs / LOOKS_PER_STUCK), LOOK_MS_MAX)
  }

  /** Looks from now on. Keeps the process alive. */
  start(): void {
    this.#lastLook = this.#options.clock.monotonic()
    this.#timer = setInterval(() => this.look(), this.#lookMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** One look at every thread. */
  look(): void {
    const now = this.#options.clock.monotonic()
    const passedMs = Math.min(now - this.#lastLook, this.#lookMs * 2)
    this.#lastLook = now
    const present = new Set<Watched>()
    for (const watched of this.#options.watched()) {
      present.add(watched)
      const sighting = this.#sightingOf(watched)
      void this.#lookAtHeap(watched, sighting)
      this.#lookAtProgress(watched, sighting, passedMs)
    }
    for (const watched of this.#sightings.keys()) if (!present.has(watched)) this.#sightings.delete(watched)
  }

  /** What a thread was doing at the last look; undefined between turns. */
  activity(thread: number): Activity | undefined {
    for (const [watched, { sinceMs }] of this.#sightings)
      if (watched.thread === thread) return activityOf(watched, sinceMs)
    return undefined
  }

  /** The heap of a thread at the last look, in bytes. */
  heapBytes(thread: number): number {
    for (const [watched, { heapBytes }] of this.#sightings) if (watched.thread === thread) return heapBytes
    return 0
  }

  #sightingOf(watched: Watched): Sighting {
    let sighting = this.#sightings.get(watched)
    if (sighting === undefined) {
      sighting = { message: 0, pong: 0, sinceMs: 0, stillMs: 0, heapBytes: 0, asking: false }
      this.#sightings.set(watched, sighting)
    }
    return sighting
  }

  #lookAtProgress(watched: Watched, sighting: Sighting, passedMs: number): void {
    const { control, thread } = watched
    const message = control.activity(ACTIVITY_MESSAGE)
    const { pong } = control
    control.ping()
    if (message !== sighting.message || pong !== sighting.pong || sighting.sinceMs === 0) {
      Object.assign(sighting, { message, pong, sinceMs: this.#options.clock.now(), stillMs: 0 })
      return
    }
    sighting.stillMs += passedMs
    if (sighting.stillMs < this.#options.stuckMs) return
    sighting.stillMs = 0
    this.#options.onStuck(thread, activityOf(watched, sighting.sinceMs), sighting.sinceMs)
  }

  async #lookAtHeap(watched: Watched, sighting: Sighting): Promise<void> {
    if (sighting.asking) return
    sighting.asking = true
    const heapBytes = await watched.heapBytes()
    sighting.asking = false
    if (heapBytes === undefined || !this.#sightings.has(watched)) return
    sighting.heapBytes = heapBytes
    if (heapBytes > this.#options.heapLimitMb * MIB) this.#options.onHeapLimit(watched.thread, heapBytes)
  }
}

function activityOf({ control }: Watched, sinceMs: number): Activity | undefined {
  const slot = control.activity(ACTIVITY_SLOT)
  if (slot < 0) return undefined
  const label = control.label(control.activity(ACTIVITY_MESSAGE) & ((1 << ACTIVITY_LABEL_BITS) - 1))
  const [actor = '', messageType = ''] = label.split(/ (.*)/s)
  return { slot, incarnation: control.activity(ACTIVITY_INCARNATION), actor, messageType, sinceMs }
}
