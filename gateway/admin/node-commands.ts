/** What operators ask about the node as a whole. */

import { readFileSync } from 'node:fs'
import type { AdminNode } from './admin-node.ts'
import { type Caller, call } from './command.ts'
import { ADMIN_VERSION, type Hello, type MetricRow } from './contract.ts'
import { examine } from './doctor.ts'
import { text } from './params.ts'
import { timed } from './pieces.ts'

const VERSION: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version
const METRICS_MAX = 2_000
/** Of the main thread. */
const DOCTOR_MS = 2
const METRICS_MS = 0.5
/** Rows so old are good enough for another one who asks: many watchers cost what one does. */
const METRICS_AGE_MS = 90

export function nodeCommands(admin: AdminNode) {
  return {
    hello: call('hello', {
      fields: {},
      rights: 'read',
      isAlways: true,
      run: (_, { may }): Hello => ({
        node: admin.settings.node,
        version: VERSION,
        speaks: [ADMIN_VERSION],
        pid: process.pid,
        startedAtMs: Math.round(performance.timeOrigin),
        nowMs: Date.now(),
        threads: admin.settings.threads,
        state: admin.state(),
        may,
      }),
    }),
    doctor: call('doctor', {
      fields: {},
      rights: 'read',
      async run(_, caller) {
        caller.spend(DOCTOR_MS)
        return { findings: await examine(admin) }
      },
    }),
    metrics: call('metrics', {
      fields: { match: text(256) },
      rights: 'read',
      async run({ match }, caller) {
        const rows = await metricRows(admin, caller.spend)
        const found = rows.filter(({ name }) => match === undefined || name.includes(match))
        return { atMs: Date.now(), metrics: found.slice(0, METRICS_MAX) }
      },
    }),
  }
}

interface Scrape {
  readonly atMs: number
  readonly rows: Promise<readonly MetricRow[]>
}

const scrapes = new WeakMap<AdminNode, Scrape>()

/** Paid by the first of those who ask at about the same time. */
export function metricRows(admin: AdminNode, spend: Caller['spend']): Promise<readonly MetricRow[]> {
  const nowMs = admin.clock.nowMs()
  const last = scrapes.get(admin)
  if (last !== undefined && nowMs - last.atMs < METRICS_AGE_MS) return last.rows
  const rows = scrape(admin, spend)
  scrapes.set(admin, { atMs: nowMs, rows })
  return rows
}

async function scrape(admin: AdminNode, spend: Caller['spend']): Promise<readonly MetricRow[]> {
  spend(METRICS_MS)
  const text = await admin.metrics()
  return timed(spend, () => readMetrics(text))
}

/** The text format of Prometheus, as this node writes it. */
export function readMetrics(exposition: string): MetricRow[] {
  const types = new Map<string, string>()
  const rows: MetricRow[] = []
  for (const line of exposition.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)/.exec(line)
    if (type !== null) types.set(type[1] as string, type[2] as string)
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line)
    if (sample === null || line.startsWith('#')) continue
    const [, name = '', labels = '', value = ''] = sample
    rows.push({ name, type: typeOf(types, name), labels, value: numberOf(value) })
  }
  return rows
}

/** Buckets, sums and counts belong to a histogram. */
function typeOf(types: ReadonlyMap<string, string>, name: string): string {
  return types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, '')) ?? 'untyped'
}

/** JSON has no infinity: what is beyond all numbers is the greatest. */
function numberOf(text: string): number {
  const value = text === '+Inf' ? Number.MAX_VALUE : text === '-Inf' ? -Number.MAX_VALUE : Number(text)
  return Number.isFinite(value) ? value : 0
}
