/** Metrics of messages: how long they take, whom they reach, what the store and the caches do for them. */

import { CACHES, DURATION_MS, POST_RESULTS, QUERIES } from '../../actors/index.ts'
import { RECEIVERS } from '../traffic.ts'
import type { HistogramSample, Sample } from './families.ts'
import type { MetricsSource, NodeFamilies } from './source.ts'

const MS = { bounds: DURATION_MS }
const SECONDS = { bounds: DURATION_MS, scale: 0.001 }

export function addMessageMetrics(families: NodeFamilies): void {
  families.histogram(
    'message_processing_duration_ms',
    "From a client's message to its answer, in ms: `sent` follows the flush to disk.",
    MS,
    (of) => histograms(of, 'post', 'result', POST_RESULTS),
  )
  families.histogram(
    'database_query_duration_ms',
    'Calls of the store by operation, in ms; those that write include the wait for the flush to disk.',
    MS,
    (of) => histograms(of, 'query', 'operation', QUERIES),
  )
  addDelivery(families)
  addCaches(families)
}

function addDelivery(families: NodeFamilies): void {
  families.counter(
    'guildhall_message_delivery_attempts_total',
    'Messages meant for a socket: written by its session (direct), or published to its topic.',
    ({ gateway: { traffic } }) => [
      [{ path: 'direct' }, traffic.directAttempts],
      [{ path: 'topic' }, traffic.topicAttempts],
    ],
  )
  // Skips are told after their attempt, and a counter must not fall.
  let topicSuccesses = 0
  families.counter(
    'message_delivery_success_total',
    'Of guildhall_message_delivery_attempts_total, those that the socket took.',
    ({ gateway: { traffic } }) => {
      topicSuccesses = Math.max(topicSuccesses, traffic.topicAttempts - traffic.topicSkips)
      return [
        [{ path: 'direct' }, traffic.directSuccesses],
        [{ path: 'topic' }, topicSuccesses],
      ]
    },
  )
  families.counter('guildhall_publishes_total', 'Frames published to topics.', ({ gateway }) => {
    return gateway.published
  })
  families.histogram(
    'guildhall_publish_receivers',
    'Sockets here that a message of a guild or large group was published to: the sizes of active rooms.',
    { bounds: RECEIVERS },
    ({ gateway }) => [[{}, gateway.traffic.receivers.cells]],
  )
  families.histogram(
    'guildhall_fanout_seconds',
    'From when the owner took a message of a guild or large group until it was published to sockets here.',
    SECONDS,
    ({ gateway }) => [[{}, gateway.traffic.fanoutMs.cells]],
  )
}

function addCaches(families: NodeFamilies): void {
  families.gauge(
    'cache_hit_rate',
    'Part of the look-ups that the cache could answer since the start of the node, from 0 to 1.',
    (of) =>
      CACHES.flatMap((cache): Sample[] => {
        const [hits = 0, misses = 0] = of.totals.get(`cache/${cache}`) ?? []
        return hits + misses === 0 ? [] : [[{ cache }, hits / (hits + misses)]]
      }),
  )
  families.counter('guildhall_cache_lookups_total', 'Look-ups in caches, by their result.', (of) =>
    CACHES.flatMap((cache): Sample[] => {
      const [hits = 0, misses = 0] = of.totals.get(`cache/${cache}`) ?? []
      return [
        [{ cache, result: 'hit' }, hits],
        [{ cache, result: 'miss' }, misses],
      ]
    }),
  )
}

/** One for each name that has been counted. */
function histograms(
  { totals }: MetricsSource,
  prefix: string,
  label: string,
  names: readonly string[],
): HistogramSample[] {
  return names.flatMap((name): HistogramSample[] => {
    const cells = totals.get(`${prefix}/${name}`)
    return cells === undefined ? [] : [[{ [label]: name }, cells]]
  })
}
