/** What goes on: traces and metrics. */

import type { TraceEnd as RuntimeTraceEnd } from '../../runtime/index.ts'
import { actorTarget } from './actor-target.ts'
import type { AdminNode } from './admin-node.ts'
import { stream } from './command.ts'
import { metricRows } from './node-commands.ts'
import { bad, Refusal, required, text, whole } from './params.ts'

const TRACE_DEFAULT = 100
const TRACE_MAX = 10_000
const TRACE_PER_SECOND_MAX = 1_000
const NAME_CHARS_MAX = 256
const INTERVAL_MS_MIN = 100
const INTERVAL_MS_MAX = 3_600_000
const INTERVAL_MS_DEFAULT = 1_000
const COUNT_MAX = 1_000_000

const name = text(NAME_CHARS_MAX)
const metric = required(name)

export function streamCommands(admin: AdminNode) {
  return {
    trace: stream('trace', {
      fields: {
        target: name,
        type: name,
        max: whole(1, TRACE_MAX, TRACE_DEFAULT),
        perSecond: whole(1, TRACE_PER_SECOND_MAX, TRACE_DEFAULT),
      },
      async run({ target, type, max, perSecond }, { spend }, emit, signal) {
        if (target !== undefined && type !== undefined) throw bad('target', 'and type cannot both be given')
        let lost = 0
        const options = {
          max,
          perSecond,
          ...(target === undefined ? {} : { target: await actorTarget(admin.node(), target, spend) }),
          ...(type === undefined ? {} : { actor: type }),
        }
        const trace = await admin.node().inspector.trace(options, ({ skipped, ...event }) => {
          if (emit({ ...event, skipped: skipped + lost })) lost = 0
          else lost += skipped + 1
        })
        const end = (): void => trace.stop()
        if (signal.aborted) end()
        else signal.addEventListener('abort', end, { once: true })
        const ended: RuntimeTraceEnd = await trace.ended
        return { why: 'done', shown: ended.shown, skipped: ended.skipped + lost, silent: ended.silent }
      },
    }),
    watch: stream('watch', {
      fields: {
        metric,
        intervalMs: whole(INTERVAL_MS_MIN, INTERVAL_MS_MAX, INTERVAL_MS_DEFAULT),
        count: whole(1, COUNT_MAX),
      },
      async run({ metric: of, intervalMs, count = Number.POSITIVE_INFINITY }, caller, emit, signal) {
        for (let told = 0; told < count && !signal.aborted; ) {
          if (told > 0) await pause(admin, intervalMs, signal)
          if (signal.aborted) break
          // When the budget is used up a round is left out: its reader sees that by the time of the next one.
          if (told > 0 && !caller.again()) continue
          const found = (await metricRows(admin, caller.spend)).filter((row) => row.name === of)
          if (found.length === 0) throw noMetric()
          emit({ atMs: Date.now(), metrics: found })
          told++
        }
        return { why: 'done' }
      },
    }),
  }
}

function pause({ clock }: AdminNode, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      cancel()
      signal.removeEventListener('abort', go)
      resolve()
    }
    const cancel = clock.after(ms, go)
    signal.addEventListener('abort', go, { once: true })
  })
}

function noMetric(): Refusal {
  return new Refusal(
    'NOT_FOUND',
    'Cannot watch the metric: this node has none of this name; `watch` without a name lists them',
  )
}
