/** The metrics of the runtime scenario. All measure what `method` says and leave out what they cannot. */
import type { MetricSpec } from '../../result.ts'

/** Messages carry a tag and nothing else, everywhere: an atom in Erlang, the cheapest there is elsewhere. */
export const RUNTIME_METRICS: readonly MetricSpec[] = [
  {
    name: 'spawn_per_s',
    unit: 'actors/s',
    better: 'higher',
    target: { kind: 'ratio', peer: 'otp', atLeast: 2 },
    method: 'One actor starts many idle ones in a row; over when the last one is ready to take messages.',
  },
  {
    name: 'fan_out_10000_per_s',
    unit: 'messages/s',
    better: 'higher',
    target: { kind: 'ratio', peer: 'otp', atLeast: 2 },
    method: 'Sweeps of one message to each of 10,000 actors that count; a message counts once it is handled.',
  },
  {
    name: 'ping_pong_per_s',
    unit: 'round trips/s',
    better: 'higher',
    target: { kind: 'ratio', peer: 'otp', atLeast: 3 },
    method: 'Two actors send one message to and fro; one unit is there and back.',
  },
  {
    name: 'flood_per_s',
    unit: 'messages/s',
    better: 'higher',
    target: { kind: 'ratio', peer: 'otp', atLeast: 1 },
    method: 'One actor sends to another as fast as it can; over when the receiver has handled all.',
  },
  {
    name: 'call_per_s',
    unit: 'calls/s',
    better: 'higher',
    target: { kind: 'ratio', peer: 'otp', atLeast: 1 },
    method: 'One caller, one call with a time-out of 5 s at a time, to a server that answers at once.',
  },
  {
    name: 'crash_restart_per_s',
    unit: 'restarts/s',
    better: 'higher',
    target: { kind: 'ratio', peer: 'otp', atLeast: 1 },
    method:
      'A permanent child crashes on a message it sends itself as it starts; starts are counted, not logged.',
  },
  {
    name: 'bytes_per_actor',
    unit: 'bytes',
    better: 'lower',
    target: { kind: 'value', limit: 400 },
    method: 'Memory in use, after a full collection, that thousands of idle children of one supervisor add.',
  },
  {
    name: 'cross_thread_per_s',
    unit: 'messages/s',
    better: 'higher',
    target: { kind: 'value', limit: 1_500_000 },
    method: 'As flood_per_s, with the sender on one thread and the receiver on another.',
  },
  {
    name: 'cross_thread_wake_p50_us',
    unit: 'us',
    better: 'lower',
    target: { kind: 'value', limit: 100 },
    method:
      'Median time from a send to its handling, on another thread that parked when it had answered the last one; OTP spins instead.',
  },
  {
    name: 'cross_thread_idle_wake_p50_us',
    unit: 'us',
    better: 'lower',
    method: 'The same, each time after both threads have been idle for 5 ms, with caches and processor cold.',
  },
]
