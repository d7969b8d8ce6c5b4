/**
 * Surveys: questions that need a pass over the actors of all threads, page by page: the first in some order, a list,
 * the tree.
 *
 * Guarantees: each ends within its time and says which threads were silent; holds no thread for longer than a page
 * (half a ms), between which its actors have their turns; tells the `work` that it cost the threads.
 */

import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../kernel/ports.ts'
import type { ActorFilter } from './actor-filter.ts'
import { PAGE_ROWS_MAX } from './actor-page.ts'
import type { ActorRow } from './actor-row.ts'
import { ask, type SilentThread } from './ask.ts'
import { WORK_PER_MS } from './page-meter.ts'
import type { InspectorPort } from './port.ts'
import type { InspectAnswers, InspectKind, RequestOf } from './requests.ts'
import type { ActorOrder, Placed } from './scan.ts'
import { addFolds, type Fold, foldOfRow } from './tree-page.ts'

export interface Surveyed {
  /** When it was begun, in ms since 1970. */
  readonly atMs: number
  readonly silent: readonly SilentThread[]
  /** Something is missing: beyond a limit, out of time, or on a silent thread. */
  readonly truncated: boolean
  /** What it cost all threads together, in ms of their time. */
  readonly workMs: number
}

export interface RankedActor {
  readonly row: ActorRow
  readonly since: Placed['since']
}

export interface Ranking extends Surveyed {
  /** Best first. */
  readonly best: readonly RankedActor[]
  readonly followed: RankedActor | undefined
  /** Actors that passed the filter. */
  readonly matched: number
}

export interface ActorList extends Surveyed {
  readonly rows: readonly ActorRow[]
  /** Where the next list goes on; undefined at the end. */
  readonly next: ListPlace | undefined
}

export interface ListPlace {
  readonly thread: number
  readonly slot: number
}

export interface FoldedTree extends Surveyed {
  readonly rows: readonly ActorRow[]
  readonly folds: readonly Fold[]
}

export interface SurveyOptions {
  readonly timeoutMs: number
  readonly limit: number
  readonly filter?: ActorFilter | undefined
  /** Only this thread. */
  readonly thread?: number | undefined
}

/** A thread that does not give a page in this part of the time is silent: the others still have rows to tell. */
const PAGES_IN_TIME = 3

export class Survey {
  readonly #port: InspectorPort
  readonly #clock: Clock
  readonly #atMs: number
  readonly #deadline: number
  readonly #pageMs: number
  readonly #silent: SilentThread[] = []
  #truncated = false
  #work = 0

  constructor(port: InspectorPort, clock: Clock, timeoutMs: number) {
    this.#port = port
    this.#clock = clock
    this.#atMs = clock.now()
    this.#deadline = clock.monotonic() + timeoutMs
    this.#pageMs = Math.ceil(timeoutMs / PAGES_IN_TIME)
  }

  async ranking(
    order: ActorOrder,
    { limit, filter, thread }: SurveyOptions,
    { sampler, follow }: { readonly sampler?: string | undefined; readonly follow?: string | undefined },
  ): Promise<Ranking> {
    const found: Placed[] = []
    let followed: Placed | undefined
    let matched = 0
    const more = {
      ...(filter === undefined ? {} : { filter }),
      ...(sampler === undefined ? {} : { sampler }),
      ...(follow === undefined ? {} : { follow }),
    }
    await this.#onAll(thread, async (on) => {
      for (let from: number | undefined = 0; from !== undefined; ) {
        const spec = { from, best: limit, order, ...more }
        const page: InspectAnswers['scan'] = await this.#page<'scan'>(on, { kind: 'scan', spec })
        found.push(...page.best)
        followed ??= page.followed
        matched += page.matched
        from = page.next
      }
    })
    found.sort((a, b) => b.score - a.score)
    const chosen = found.slice(0, limit)
    const rows = await this.rows(
      (followed === undefined ? chosen : [...chosen, followed]).map(({ ref }) => ref),
    )
    const ranked = (place: Placed): RankedActor[] => {
      const row = rows.get(place.ref)
      return row === undefined ? [] : [{ row, since: place.since }]
    }
    const best = chosen.flatMap(ranked)
    return {
      ...this.#end(),
      best,
      followed: followed === undefined ? undefined : ranked(followed)[0],
      matched,
    }
  }

  /** By thread and slot, from a place on. */
  async list({ limit, filter, thread }: SurveyOptions, after: ListPlace | undefined): Promise<ActorList> {
    const rows: ActorRow[] = []
    let next: ListPlace | undefined
    const threads = this.#port
      .threads()
      .filter((on) => (thread === undefined || on === thread) && on >= (after?.thread ?? 0))
    for (const on of threads) {
      let from: number | undefined = on === after?.thread ? after.slot : 0
      await this.#onAll(on, async () => {
        while (from !== undefined && rows.length < limit) {
          const request = { kind: 'page', from, rows: limit - rows.length } as const
          const page: InspectAnswers['page'] = await this.#page<'page'>(
            on,
            filter === undefined ? request : { ...request, filter },
          )
          rows.push(...page.rows)
          from = page.next
        }
      })
      if (rows.length < limit) continue
      next = from === undefined ? this.#nextThread(threads, on) : { thread: on, slot: from }
      break
    }
    return { ...this.#end(next !== undefined), rows, next }
  }

  async tree(fold: number, { limit }: SurveyOptions): Promise<FoldedTree> {
    const siblings = new Siblings(fold)
    await this.#onAll(undefined, async (on) => {
      for (let from: number | undefined = 0; from !== undefined; ) {
        const rows = Math.min(PAGE_ROWS_MAX, limit - siblings.rows.length)
        if (rows <= 0) {
          this.#truncated = true
          return
        }
        const page: InspectAnswers['tree'] = await this.#page<'tree'>(on, { kind: 'tree', from, rows, fold })
        for (const row of page.rows) siblings.row(row)
        for (const group of page.folds) siblings.fold(group)
        from = page.next
      }
    })
    return { ...this.#end(), rows: siblings.rows, folds: siblings.folds() }
  }

  /** Of those that are alive on threads that answer. */
  async rows(of: readonly string[]): Promise<ReadonlyMap<string, ActorRow>> {
    const byThread = Map.groupBy(of, (ref) => Number(ref.slice(1, ref.indexOf('.'))))
    const rows = new Map<string, ActorRow>()
    await Promise.all(
      Array.from(byThread, ([thread, some]) =>
        this.#onAll(thread, async () => {
          for (let refs = some; refs.length > 0; ) {
            const page: InspectAnswers['rows'] = await this.#page<'rows'>(thread, { kind: 'rows', refs })
            for (const row of page.rows) rows.set(row.ref, row)
            refs = refs.slice(page.done)
          }
        }),
      ),
    )
    return rows
  }

  /** Takes pages of all threads at once; one that gives no answer is silent, and drops out. */
  async #onAll(only: number | undefined, pass: (thread: number) => Promise<void>): Promise<void> {
    const threads = this.#port.threads().filter((thread) => only === undefined || thread === only)
    await Promise.all(
      threads.map(async (thread) => {
        try {
          await pass(thread)
        } catch {
          this.#truncated = true
          if (!this.#silent.some((silent) => silent.thread === thread)) {
            this.#silent.push({ thread, activity: this.#port.activity(thread) })
          }
        }
      }),
    )
  }

  async #page<Kind extends Extract<InspectKind, 'scan' | 'rows' | 'tree' | 'page'>>(
    thread: number,
    request: RequestOf<Kind>,
  ): Promise<InspectAnswers[Kind]> {
    const leftMs = this.#deadline - this.#clock.monotonic()
    if (leftMs <= 0) throw new Error('out of time')
    const page = await ask<Kind>(this.#port, thread, request, Math.min(leftMs, this.#pageMs))
    this.#work += page.work
    // The main thread's own kernel answers at once; its actors and sockets must have their turn, too.
    if (thread === 0) await setImmediate()
    return page
  }

  #nextThread(threads: readonly number[], on: number): ListPlace | undefined {
    const thread = threads[threads.indexOf(on) + 1]
    return thread === undefined ? undefined : { thread, slot: 0 }
  }

  #end(isCut = false): Surveyed {
    const truncated = this.#truncated || isCut
    return { atMs: this.#atMs, silent: this.#silent, truncated, workMs: this.#work / WORK_PER_MS }
  }
}

/** Puts the pages of a tree together: each page has shown the first few of its own. */
class Siblings {
  readonly rows: ActorRow[] = []
  readonly #max: number
  readonly #shown = new Map<string, number>()
  readonly #folds = new Map<string, Fold>()

  constructor(max: number) {
    this.#max = max
  }

  row(row: ActorRow): void {
    const key = keyOf(row)
    const shown = this.#shown.get(key) ?? 0
    if (shown >= this.#max) return this.fold(foldOfRow(row))
    this.#shown.set(key, shown + 1)
    this.rows.push(row)
  }

  fold(fold: Fold): void {
    const key = keyOf(fold)
    const known = this.#folds.get(key)
    this.#folds.set(key, known === undefined ? fold : addFolds(known, fold))
  }

  folds(): Fold[] {
    return [...this.#folds.values()]
  }
}

function keyOf({ parent, thread, type }: Pick<Fold, 'parent' | 'thread' | 'type'>): string {
  return `${parent ?? ''} ${thread} ${type}`
}
