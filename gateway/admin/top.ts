/**
 * topOf: the busiest actors, with what they have done since the caller looked last, or within a window.
 *
 * Each connection that looks has a sampler of its own in every kernel. Bounded: as many as the kernels keep; the place of
 * one that has not looked for a minute goes to the next.
 */

import { type ActorOrder, type RankedActor, SAMPLERS_MAX } from '../../runtime/index.ts'
import { filterOf, onThread } from './actor-choice.ts'
import type { TopRow } from './actor-rows.ts'
import { psRow, rounded, silentThreads } from './actor-text.ts'
import type { AdminNode } from './admin-node.ts'
import type { Caller } from './command.ts'
import type { Top, TopSort } from './contract.ts'
import { Refusal } from './params.ts'
import { timed } from './pieces.ts'
import { threadFigures } from './thread-figures.ts'

const TIMEOUT_MS = 1_000
const THREADS_MS = 250
/** A look longer ago says nothing about now. */
const LOOK_MS_MAX = 60_000
const RETRY_MS = 10_000

export interface TopParams {
  readonly limit: number
  readonly match: string | undefined
  readonly type: string | undefined
  readonly thread: number | undefined
  readonly sort: TopSort | undefined
  readonly windowMs: number | undefined
  readonly follow: string | undefined
}

interface Look {
  readonly atMs: number
  readonly messagesHandled: number
}

/** A connection that looks. */
interface Looker {
  last: Look | undefined
  usedAtMs: number
}

const lookers = new WeakMap<AdminNode, Map<number, Looker>>()

export async function topOf(admin: AdminNode, params: TopParams, caller: Caller): Promise<Top> {
  const looker = lookerOf(admin, caller.connection)
  const before = params.windowMs === undefined ? recent(looker.last) : undefined
  const first =
    before ??
    (params.windowMs === undefined ? undefined : await lookFor(admin, params.windowMs, params, caller))
  const ranking = await rank(admin, params, caller)
  const threads = await threadFigures(admin.node(), THREADS_MS)
  const look = { atMs: performance.now(), messagesHandled: handledOf(threads) }
  note(admin, caller.connection, looker, look)
  const windowMs = first === undefined ? undefined : look.atMs - first.atMs
  const handled = first === undefined ? undefined : look.messagesHandled - first.messagesHandled
  return {
    atMs: ranking.atMs,
    silent: silentThreads(ranking.silent),
    truncated: ranking.truncated,
    windowMs: windowMs === undefined ? undefined : rounded(windowMs, 0),
    actors: ranking.matched,
    messagesPerSecond: perSecond(handled, windowMs),
    rows: timed(caller.spend, () => ranking.best.map((actor) => topRow(actor, windowMs))),
    followed: ranking.followed === undefined ? undefined : topRow(ranking.followed, windowMs),
    threads,
  }
}

/** A connection has ended. */
export function forgetLooks(admin: AdminNode, connection: number): void {
  if (lookersOf(admin).delete(connection)) forgetSampler(admin, connection)
}

/** What the kernels know of a connection that has ended meanwhile is forgotten once more: the look has made it anew. */
function note(admin: AdminNode, connection: number, looker: Looker, look: Look): void {
  if (lookersOf(admin).get(connection) !== looker) return forgetSampler(admin, connection)
  looker.last = look
  looker.usedAtMs = look.atMs
}

/** @throws Refusal `BUSY`: one more would push out what another has seen, and neither would ever learn a rate. */
function lookerOf(admin: AdminNode, connection: number): Looker {
  const all = lookersOf(admin)
  const nowMs = performance.now()
  const known = all.get(connection)
  if (known === undefined && all.size >= SAMPLERS_MAX) forgetOldest(admin, all, nowMs)
  const looker = known ?? { last: undefined, usedAtMs: nowMs }
  looker.usedAtMs = nowMs
  all.set(connection, looker)
  return looker
}

function forgetOldest(admin: AdminNode, all: ReadonlyMap<number, Looker>, nowMs: number): void {
  const [oldest] = [...all].toSorted(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
  if (oldest !== undefined && nowMs - oldest[1].usedAtMs > LOOK_MS_MAX) return forgetLooks(admin, oldest[0])
  throw new Refusal('BUSY', `Cannot look at the top: ${SAMPLERS_MAX} connections do already`, RETRY_MS)
}

function forgetSampler(admin: AdminNode, connection: number): void {
  admin.node().inspector.forgetSampler(samplerOf(connection))
}

/** A look of which only the time counts, and then the window. */
async function lookFor(admin: AdminNode, windowMs: number, params: TopParams, caller: Caller): Promise<Look> {
  const threads = await threadFigures(admin.node(), THREADS_MS)
  const look = { atMs: performance.now(), messagesHandled: handledOf(threads) }
  await rank(admin, { ...params, limit: 1, sort: 'handled' }, caller)
  await caller.aside(() => new Promise<void>((resolve) => admin.clock.after(windowMs, resolve)))
  return look
}

async function rank(admin: AdminNode, params: TopParams, caller: Caller) {
  const { limit, sort = 'handlerMs', thread, follow } = params
  const ranking = await admin.node().inspector.ranking(sort satisfies ActorOrder, {
    limit,
    timeoutMs: TIMEOUT_MS,
    sampler: samplerOf(caller.connection),
    ...onThread(thread),
    ...filterOf(params),
    ...(follow === undefined ? {} : { follow }),
  })
  caller.spend(ranking.workMs)
  return ranking
}

function topRow({ row, since }: RankedActor, windowMs: number | undefined): TopRow {
  const busy =
    windowMs === undefined || since === undefined ? undefined : Math.min(1, since.handlerMs / windowMs)
  return {
    ...psRow(row),
    handledPerSecond: perSecond(since?.handled, windowMs),
    busy: busy === undefined ? undefined : rounded(busy, 4),
  }
}

function perSecond(count: number | undefined, windowMs: number | undefined): number | undefined {
  if (count === undefined || windowMs === undefined) return undefined
  return rounded((Math.max(0, count) * 1_000) / Math.max(1, windowMs), 1)
}

function handledOf(threads: readonly { readonly messagesHandled: number | undefined }[]): number {
  return threads.reduce((sum, { messagesHandled }) => sum + (messagesHandled ?? 0), 0)
}

function lookersOf(admin: AdminNode): Map<number, Looker> {
  const all = lookers.get(admin) ?? new Map<number, Looker>()
  lookers.set(admin, all)
  return all
}

function recent(look: Look | undefined): Look | undefined {
  return look !== undefined && performance.now() - look.atMs <= LOOK_MS_MAX ? look : undefined
}

function samplerOf(connection: number): string {
  return `top ${connection}`
}
