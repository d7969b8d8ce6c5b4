/**
 * Metrics of the runtime: actors, mailboxes, threads and the rings between them.
 *
 * Labels are numbers of threads, types of actors and kinds of events: as many as the code and the settings name. What a
 * thread holds at this moment is left out when it gives no answer; what it has counted stays at what it said last.
 */

import { DURATION_MS } from '../../actors/index.ts'
import type { ThreadSummary } from '../../runtime/index.ts'
import type { HistogramSample, Sample } from './families.ts'
import type { MetricsSource, NodeFamilies } from './source.ts'

const SECONDS = { bounds: DURATION_MS, scale: 0.001 }
const MS_PER_S = 1_000

export function addRuntimeMetrics(families: NodeFamilies): void {
  addThreads(families)
  addActors(families)
  addLatencies(families)
  addIncidents(families)
}

function addThreads(families: NodeFamilies): void {
  families.gauge(
    'guildhall_thread_up',
    '1 when the thread answered this scrape; 0: its counters are the last known, its gauges are left out.',
    ({ threads }) => threads.map(({ thread, answered }) => [{ thread }, Number(answered)]),
  )
  families.gauge('guildhall_thread_heap_bytes', 'Heap of the thread.', ({ threads }) =>
    threads.flatMap(({ thread, info, summary }): Sample[] => {
      const bytes = info?.heapBytes ?? summary?.heapUsedBytes
      return bytes === undefined ? [] : [[{ thread }, bytes]]
    }),
  )
  families.gauge(
    'guildhall_ring_fill_ratio',
    'How full the fullest ring into the thread is; from 0.875 on messages are refused.',
    ({ threads }) =>
      threads.flatMap(({ thread, load }): Sample[] => {
        if (load === undefined || load.ringIn.sizeBytes === 0) return []
        return [[{ thread }, load.ringIn.usedBytes / load.ringIn.sizeBytes]]
      }),
  )
  families.gauge(
    'guildhall_thread_busy_ratio',
    'Part of the last second in which the event loop of the thread was not idle.',
    ({ threads }) => threads.flatMap(({ thread, load }): Sample[] => (load ? [[{ thread }, load.busy]] : [])),
  )
  families.gauge('guildhall_run_queue_actors', 'Actors that wait for their turn.', (of) =>
    perThread(of, ({ runQueue }) => runQueue),
  )
  families.gauge('guildhall_timers', 'Timers that run.', (of) => perThread(of, ({ timers }) => timers))
  families.counter('guildhall_thread_restarts_total', 'How often the thread was replaced.', ({ threads }) =>
    threads.flatMap(({ thread, info }): Sample[] => (info ? [[{ thread }, info.restarts]] : [])),
  )
  families.counter(
    'guildhall_thread_events_lost_total',
    'Reports of crashes and restarts that found no room on their way to the main thread.',
    ({ threads }) =>
      threads.flatMap(({ thread, info }): Sample[] => (info ? [[{ thread }, info.eventsLost]] : [])),
  )
}

function addActors(families: NodeFamilies): void {
  families.gauge('guildhall_actors', 'Live actors by type.', (of) =>
    byType(of, ({ types }) => types.map(({ type, live }) => [type, live])),
  )
  families.gauge(
    'guildhall_mailbox_messages',
    'Messages that wait for the actors that have a name, by type; sessions and owners have none.',
    (of) => byType(of, ({ mailboxes }) => mailboxes.map(({ type, waiting }) => [type, waiting])),
  )
  families.gauge('guildhall_mailbox_oldest_seconds', 'How long the oldest of them has waited.', (of) =>
    byType(
      of,
      ({ mailboxes }) => mailboxes.map(({ type, oldestMs }) => [type, oldestMs / MS_PER_S]),
      Math.max,
    ),
  )
  families.counter('guildhall_messages_handled_total', 'Messages that actors have taken.', (of) =>
    totalPerThread(of, 'handled'),
  )
  families.counter(
    'guildhall_sends_refused_total',
    'Messages refused by full mailboxes of the thread, or by the way from it to another.',
    (of) => totalPerThread(of, 'refused'),
  )
  families.counter('guildhall_dead_letters_total', 'Messages that nobody will handle.', (of) =>
    totalPerThread(of, 'deadLetters'),
  )
}

function addLatencies(families: NodeFamilies): void {
  families.histogram(
    'guildhall_scheduler_lag_seconds',
    'How late a timer of the thread came, four times a second; 0 is the main thread.',
    SECONDS,
    (of) => [[{ thread: 0 }, of.mainLag], ...histogramPerThread(of, 'lag')],
  )
  families.histogram(
    'guildhall_backplane_roundtrip_seconds',
    'From a scheduler thread to the gateway and back, once a second. The backplane is in process: rings.',
    SECONDS,
    (of) => histogramPerThread(of, 'backplane'),
  )
}

function addIncidents(families: NodeFamilies): void {
  families.counter('guildhall_actor_crashes_total', 'Crashes by type of actor.', ({ incidents }) =>
    Array.from(incidents.crashes, ([actor, count]) => [{ actor }, count]),
  )
  families.counter('guildhall_supervisor_events_total', 'What supervisors did.', ({ incidents }) =>
    Array.from(incidents.supervisors, ([event, count]) => [{ event }, count]),
  )
  families.counter('guildhall_thread_events_total', 'What befell threads.', ({ incidents }) =>
    Array.from(incidents.threads, ([event, count]) => [{ event }, count]),
  )
}

function perThread({ threads }: MetricsSource, read: (summary: ThreadSummary) => number): Sample[] {
  return threads.flatMap(({ thread, summary }): Sample[] =>
    summary === undefined ? [] : [[{ thread }, read(summary)]],
  )
}

function byType(
  { threads }: MetricsSource,
  read: (summary: ThreadSummary) => readonly (readonly [actor: string, value: number])[],
  merge: (a: number, b: number) => number = (a, b) => a + b,
): Sample[] {
  const values = new Map<string, number>()
  for (const { summary } of threads) {
    for (const [actor, value] of summary === undefined ? [] : read(summary)) {
      values.set(actor, merge(values.get(actor) ?? 0, value))
    }
  }
  return Array.from(values, ([actor, value]) => [{ actor }, value])
}

function totalPerThread({ threads, totals }: MetricsSource, key: string): Sample[] {
  return threads.flatMap(({ thread }): Sample[] => {
    const [value] = totals.get(`${key}/${thread}`) ?? []
    return value === undefined ? [] : [[{ thread }, value]]
  })
}

function histogramPerThread({ threads, totals }: MetricsSource, key: string): HistogramSample[] {
  return threads.flatMap(({ thread }): HistogramSample[] => {
    const cells = totals.get(`${key}/${thread}`)
    return cells === undefined ? [] : [[{ thread }, cells]]
  })
}
