/**
 * What happens to a node, and which alerts are then firing: for each alert at least one case in which it fires, and one
 * close by in which it does not.
 */

/** Series in promtool's notation, one sample every 15 s; 4 a minute. */
export type Input = Readonly<Record<string, string>>

export interface AlertCase {
  readonly title: string
  readonly input: Input
  /** Looked at after so many minutes. */
  readonly atMinutes: number
  /** Names of the alerts that fire then, with how many of each; none else may. */
  readonly firing: Readonly<Record<string, number>>
}

const NODE = 'job="guildhall",instance="n1"'
/** For half an hour and more. */
const STEPS = 150

const stays = (value: number): string => `${value}x${STEPS}`
/** By so much every 15 s. */
const moves = (from: number, step: number): string =>
  `${from}${step < 0 ? '-' : '+'}${Math.abs(step)}x${STEPS}`

/** A histogram of a metric in which `quick` of 100 observations every 15 s lie within `bound`, the others at most at `beyond`. */
function histogram(name: string, labels: string, quick: number, bound: string, beyond: string): Input {
  const series = (le: string): string => `${name}_bucket{${NODE},${labels},le="${le}"}`
  return {
    [series(bound)]: moves(0, quick),
    [series(beyond)]: moves(0, 100),
    [series('+Inf')]: moves(0, 100),
  }
}

const messages = (quick: number, result = 'sent'): Input =>
  histogram('message_processing_duration_ms', `result="${result}"`, quick, '500', '1000')
const queries = (operation: string, quick: number): Input =>
  histogram('database_query_duration_ms', `operation="${operation}"`, quick, '1000', '2000')
const lag = (quick: number): Input =>
  histogram('guildhall_scheduler_lag_seconds', 'thread="1"', quick, '0.1', '0.2')
const connections = (instance: string, values: string): Input => ({
  [`guildhall_connections{job="guildhall",instance="${instance}"}`]: values,
})
const gauge = (name: string, values: string, more = ''): Input => ({ [`${name}{${NODE}${more}}`]: values })
const deliveries = (attempts: number, successes: number): Input => ({
  ...gauge('guildhall_message_delivery_attempts_total', moves(0, attempts), ',path="topic"'),
  ...gauge('message_delivery_success_total', moves(0, successes), ',path="topic"'),
})
const restarts = (values: string): Input => gauge('guildhall_thread_restarts_total', values, ',thread="1"')

const slow = { GuildhallMessagesSlow: 1 }
const falling = { GuildhallConnectionsFalling: 1 }
const none = {}

export const ALERT_CASES: readonly AlertCase[] = [
  { title: '10% of messages above 500 ms for 12 min', input: messages(90), atMinutes: 12, firing: slow },
  { title: 'the same for less than 5 min', input: messages(90), atMinutes: 5, firing: none },
  { title: '4% of messages above 500 ms', input: messages(96), atMinutes: 12, firing: none },
  { title: 'slow refusals', input: messages(10, 'refused'), atMinutes: 12, firing: none },

  {
    title: '120 connections lost per second for 4 min',
    input: connections('n1', moves(400_000, -1_800)),
    atMinutes: 4,
    firing: falling,
  },
  {
    title: 'the same for less than 2 min',
    input: connections('n1', `400000x20 ${moves(400_000, -1_800)}`),
    atMinutes: 6.5,
    firing: none,
  },
  {
    title: '80 connections lost per second',
    input: connections('n1', moves(400_000, -1_200)),
    atMinutes: 10,
    firing: none,
  },
  {
    title: 'connections that a draining node hands to another',
    input: { ...connections('n1', moves(400_000, -1_800)), ...connections('n2', moves(0, 1_800)) },
    atMinutes: 10,
    firing: none,
  },
  {
    title: '120 connections gained per second',
    input: connections('n1', moves(0, 1_800)),
    atMinutes: 10,
    firing: none,
  },

  {
    title: '10% of appends above 1 s for 12 min, between quick reads',
    input: { ...queries('append', 90), ...queries('read', 100) },
    atMinutes: 12,
    firing: { GuildhallDatabaseSlow: 1 },
  },
  { title: 'the same for less than 5 min', input: queries('append', 90), atMinutes: 5, firing: none },
  { title: '4% of appends above 1 s', input: queries('append', 96), atMinutes: 12, firing: none },

  {
    title: '90% of deliveries succeed',
    input: deliveries(1_000, 900),
    atMinutes: 12,
    firing: { GuildhallDeliveryFailing: 1 },
  },
  { title: '96% of deliveries succeed', input: deliveries(1_000, 960), atMinutes: 12, firing: none },
  { title: 'nothing is delivered, and nothing tried', input: deliveries(0, 0), atMinutes: 12, firing: none },

  {
    title: '10% of 1,000 sockets read too slowly for 6 min',
    input: { ...connections('n1', stays(1_000)), ...gauge('guildhall_sockets_congested', stays(100)) },
    atMinutes: 6,
    firing: { GuildhallSlowConsumers: 1 },
  },
  {
    title: '1% of 10,000 sockets read too slowly',
    input: { ...connections('n1', stays(10_000)), ...gauge('guildhall_sockets_congested', stays(100)) },
    atMinutes: 6,
    firing: none,
  },
  {
    title: 'one of two sockets reads too slowly',
    input: { ...connections('n1', stays(2)), ...gauge('guildhall_sockets_congested', stays(1)) },
    atMinutes: 6,
    firing: none,
  },

  {
    title: 'a node that is down',
    input: gauge('up', stays(0)),
    atMinutes: 2,
    firing: { GuildhallNodeDown: 1 },
  },
  { title: 'a node that is up', input: gauge('up', stays(1)), atMinutes: 2, firing: none },
  {
    title: 'something else that is down',
    input: { 'up{job="other",instance="x"}': stays(0) },
    atMinutes: 2,
    firing: none,
  },
  {
    title: 'a node that is not ready for 3 min',
    input: gauge('guildhall_ready', stays(0)),
    atMinutes: 3,
    firing: { GuildhallNodeNotReady: 1 },
  },
  {
    title: 'a node that starts within a minute',
    input: gauge('guildhall_ready', `0x3 ${stays(1)}`),
    atMinutes: 3,
    firing: none,
  },

  {
    title: '85% of the descriptors used',
    input: {
      ...gauge('guildhall_descriptors', stays(17_000)),
      ...gauge('guildhall_descriptors_max', stays(20_000)),
    },
    atMinutes: 2,
    firing: { GuildhallDescriptorsRunOut: 1 },
  },
  {
    title: '75% of the descriptors used',
    input: {
      ...gauge('guildhall_descriptors', stays(15_000)),
      ...gauge('guildhall_descriptors_max', stays(20_000)),
    },
    atMinutes: 2,
    firing: none,
  },
  {
    title: 'no limit of descriptors',
    input: {
      ...gauge('guildhall_descriptors', stays(15_000)),
      ...gauge('guildhall_descriptors_max', 'Inf '.repeat(STEPS).trim()),
    },
    atMinutes: 2,
    firing: none,
  },
  {
    title: '4,700 of 5,000 connections',
    input: { ...connections('n1', stays(4_700)), ...gauge('guildhall_connections_max', stays(5_000)) },
    atMinutes: 2,
    firing: { GuildhallNodeNearlyFull: 1 },
  },
  {
    title: '4,400 of 5,000 connections',
    input: { ...connections('n1', stays(4_400)), ...gauge('guildhall_connections_max', stays(5_000)) },
    atMinutes: 2,
    firing: none,
  },
  {
    title: 'a ring that is 80% full for 2 min',
    input: gauge('guildhall_ring_fill_ratio', stays(0.8), ',thread="1"'),
    atMinutes: 2,
    firing: { GuildhallRingNearlyFull: 1 },
  },
  {
    title: 'a ring that is full for a moment',
    input: gauge('guildhall_ring_fill_ratio', `0x3 1 ${stays(0)}`, ',thread="1"'),
    atMinutes: 2,
    firing: none,
  },

  {
    title: 'a thread replaced 4 times in 15 min',
    input: restarts(`0x15 1x11 2x11 3x11 ${stays(4)}`),
    atMinutes: 14,
    firing: { GuildhallThreadReplacedRepeatedly: 1 },
  },
  { title: 'a thread replaced once', input: restarts(`0x15 ${stays(1)}`), atMinutes: 14, firing: none },
  {
    title: 'a thread that gives no answer',
    input: gauge('guildhall_thread_up', stays(0), ',thread="1"'),
    atMinutes: 2,
    firing: { GuildhallThreadSilent: 1 },
  },
  {
    title: 'a thread that gives no answer once',
    input: gauge('guildhall_thread_up', `1x4 0 ${stays(1)}`, ',thread="1"'),
    atMinutes: 2,
    firing: none,
  },
  {
    title: '2% of timers more than 100 ms late',
    input: lag(98),
    atMinutes: 12,
    firing: { GuildhallThreadLate: 1 },
  },
  { title: 'all timers within 100 ms', input: lag(100), atMinutes: 12, firing: none },

  {
    title: '30 crashes of sessions in 10 min',
    input: gauge('guildhall_actor_crashes_total', moves(0, 1), ',actor="session"'),
    atMinutes: 12,
    firing: { GuildhallActorsCrashing: 1 },
  },
  {
    title: '10 crashes of each of five types in 10 min',
    input: Object.fromEntries(
      [1, 2, 3, 4, 5].map((type) => [
        `guildhall_actor_crashes_total{${NODE},actor="type${type}"}`,
        moves(0, 0.25),
      ]),
    ),
    atMinutes: 12,
    firing: none,
  },
  {
    title: '20 dead letters per second over two threads',
    input: {
      ...gauge('guildhall_dead_letters_total', moves(0, 150), ',thread="0"'),
      [`guildhall_dead_letters_total{${NODE},thread="1"}`]: moves(0, 150),
    },
    atMinutes: 12,
    firing: { GuildhallDeadLetters: 1 },
  },
  {
    title: '5 dead letters per second',
    input: gauge('guildhall_dead_letters_total', moves(0, 75), ',thread="1"'),
    atMinutes: 12,
    firing: none,
  },
  {
    title: '20 refused messages per second',
    input: gauge('guildhall_sends_refused_total', moves(0, 300), ',thread="1"'),
    atMinutes: 12,
    firing: { GuildhallSendsRefused: 1 },
  },
  {
    title: '5 refused messages per second',
    input: gauge('guildhall_sends_refused_total', moves(0, 75), ',thread="1"'),
    atMinutes: 12,
    firing: none,
  },
]
