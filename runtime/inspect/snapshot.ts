/**
 * takeSnapshot: the actors of all threads at about this moment, as rows; `toTree` makes the tree of them.
 *
 * Guarantees
 * - Ends within `timeoutMs`, whatever the threads do: one that gives no answer is listed with what it is busy
 *   with, the others with their actors.
 * - At most `maxActors` rows. Totals by type are of all actors, also when rows are left out.
 * - Holds no thread for longer than a page (half a ms); between pages its actors have their turns.
 *
 * Is not one moment: actors start and end while it is taken.
 */

import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../kernel/ports.ts'
import { type ActorPage, PAGE_ROWS_MAX } from './actor-page.ts'
import type { ActorRow } from './actor-row.ts'
import { ask } from './ask.ts'
import type { InspectorPort, ThreadActivity } from './port.ts'
import type { ThreadSummary, TypeCount } from './thread-summary.ts'

export interface ThreadView {
  readonly thread: number
  /** False: no answer in time. `activity` tells why. */
  readonly answered: boolean
  /** What it is busy with at this moment; undefined between turns. */
  readonly activity: ThreadActivity | undefined
  readonly summary: ThreadSummary | undefined
}

export interface Snapshot {
  /** When it was begun, in ms since 1970. */
  readonly atMs: number
  readonly threads: readonly ThreadView[]
  readonly actors: readonly ActorRow[]
  /** Live actors by type on the threads that answered, the most frequent first. */
  readonly types: readonly TypeCount[]
  /** Some actors have no row: beyond the cap, out of time, or on a thread that gave no answer. */
  readonly truncated: boolean
}

export interface SnapshotLimits {
  readonly maxActors: number
  readonly timeoutMs: number
}

export async function takeSnapshot(
  port: InspectorPort,
  clock: Clock,
  limits: SnapshotLimits,
): Promise<Snapshot> {
  const atMs = clock.now()
  const taking = new Taking(port, clock, limits)
  const threads = await Promise.all(port.threads().map((thread) => taking.thread(thread)))
  const types = totalsOf(threads)
  return { atMs, threads, actors: taking.rows, types, truncated: taking.truncated }
}

/** What is known of a thread without its actors. Never rejects. */
export async function viewThread(
  port: InspectorPort,
  thread: number,
  timeoutMs: number,
): Promise<ThreadView> {
  try {
    const summary = await ask<'summary'>(port, thread, { kind: 'summary' }, timeoutMs)
    return { thread, answered: true, activity: port.activity(thread), summary }
  } catch {
    return { thread, answered: false, activity: port.activity(thread), summary: undefined }
  }
}

class Taking {
  readonly rows: ActorRow[] = []
  truncated = false
  readonly #port: InspectorPort
  readonly #clock: Clock
  readonly #deadline: number
  /** Rows that nobody has asked for yet. */
  #left: number

  constructor(port: InspectorPort, clock: Clock, { maxActors, timeoutMs }: SnapshotLimits) {
    this.#port = port
    this.#clock = clock
    this.#deadline = clock.monotonic() + timeoutMs
    this.#left = maxActors
  }

  async thread(thread: number): Promise<ThreadView> {
    const view = await viewThread(this.#port, thread, this.#timeLeft())
    if (view.answered && (await this.#pages(thread))) return view
    this.truncated = true
    return { ...view, activity: this.#port.activity(thread) }
  }

  /** Takes a thread's pages one after the other. False when some are missing. */
  async #pages(thread: number): Promise<boolean> {
    let from: number | undefined = 0
    while (from !== undefined) {
      const rows = Math.min(PAGE_ROWS_MAX, this.#left)
      if (rows === 0 || this.#timeLeft() <= 0) return false
      this.#left -= rows // reserved, because the other threads are asked at the same time
      try {
        const page: ActorPage = await ask<'page'>(
          this.#port,
          thread,
          { kind: 'page', from, rows },
          this.#timeLeft(),
        )
        this.rows.push(...page.rows)
        this.#left += rows - page.rows.length
        from = page.next
        // The main thread's own kernel answers at once; its actors and sockets must have their turn, too.
        if (from !== undefined) await setImmediate()
      } catch {
        this.#left += rows
        return false
      }
    }
    return true
  }

  #timeLeft(): number {
    return this.#deadline - this.#clock.monotonic()
  }
}

function totalsOf(threads: readonly ThreadView[]): TypeCount[] {
  const totals = new Map<string, TypeCount>()
  for (const { summary } of threads) {
    for (const { type, kind, live } of summary?.types ?? []) {
      totals.set(type, { type, kind, live: live + (totals.get(type)?.live ?? 0) })
    }
  }
  return [...totals.values()].sort((a, b) => b.live - a.live)
}
