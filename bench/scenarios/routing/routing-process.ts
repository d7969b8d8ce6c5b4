/**
 * Measures the registry as a node has it: `routing-process.ts <users> <users at most> <ms per figure> <seed>`. Prints figures for
 * the first number of users, and how long a look-up takes at sizes up to the second as `lookupNs`.
 */
import { OnlineUsers } from '../../../actors/index.ts'
import { SessionTable } from '../../../gateway/index.ts'
import { seeded } from '../../traffic/seeded.ts'

type Session = Parameters<OnlineUsers['add']>[1]
type Socket = Parameters<SessionTable['open']>[2]

const users = Number(process.argv[2])
const usersMax = Number(process.argv[3])
const forMs = Number(process.argv[4])
const random = seeded(Number(process.argv[5]))

const BATCH = 1_000
/** Of ten operations under churn one is a write. */
const READS_PER_WRITE = 9
const SIZES = [1_000, 10_000, 100_000, 1_000_000].filter((size) => size <= usersMax)
/** What a node has behind an entry does not matter to the table. */
const socket = {} as Socket
const clock = { nowMs: () => 0, after: () => () => {} }

const keys = Array.from({ length: usersMax }, (_, index) => `bench/user-${index}`)
/** Chance costs more than a look-up, so the order is drawn before. */
const order = Uint32Array.from({ length: 2 ** 20 }, () => Math.floor(random() * usersMax))
let drawn = 0
/** Kept, so that nothing is optimised away. */
let found = 0

report('bytes_per_user', bytesPerUser())
console.log(JSON.stringify({ lookupNs: SIZES.map((size) => [size, lookupNs(size)]) }))
measureUsers()
measureSessions()
if (found < 0) console.log(found)

function measureUsers(): void {
  const table = onlineUsers(users)
  const away = churnOf(
    (key, index) => table.remove(key, index),
    (key, index) => table.add(key, sessionOf(index)),
  )
  const look = (): void => {
    found += table.of(nextKey()).length
  }
  report('user_lookups_per_s', rate(look))
  report('user_writes_per_s', rate(away))
  report('user_lookups_under_churn_per_s', underChurn(look, away))
}

function measureSessions(): void {
  const table = new SessionTable(clock, { detachedMs: 120_000, detachedMax: users })
  for (const key of keys.slice(0, users)) table.open(key, 'phone', socket)
  const away = churnOf(
    (key) => {
      const [session] = table.of(key)
      if (session !== undefined) table.end(session)
    },
    (key) => table.open(key, 'phone', socket),
  )
  const look = (): void => {
    found += table.of(nextKey()).length
  }
  report('session_lookups_per_s', rate(look))
  report('session_writes_per_s', rate(away))
  report('session_lookups_under_churn_per_s', underChurn(look, away))
}

/** One write after the other: a user goes, and comes back some writes later, so that some are always away. */
function churnOf(
  leave: (key: string, index: number) => void,
  comeBack: (key: string, index: number) => void,
): () => void {
  const away: number[] = []
  const isAway = new Uint8Array(users)
  return () => {
    const index = nextIndex()
    if (away.length < BATCH && isAway[index] === 0) {
      isAway[index] = 1
      away.push(index)
      return leave(keys[index] as string, index)
    }
    const back = away.shift() as number
    isAway[back] = 0
    comeBack(keys[back] as string, back)
  }
}

function underChurn(look: () => void, write: () => void): number {
  const operations = rate(() => {
    for (let read = 0; read < READS_PER_WRITE; read++) look()
    write()
  })
  return operations * READS_PER_WRITE
}

/** Calls per second, the first half of the time to warm up. */
function rate(call: () => void): number {
  runFor(forMs / 2, call)
  const { calls, tookMs } = runFor(forMs / 2, call)
  return (calls * 1_000) / tookMs
}

function runFor(ms: number, call: () => void): { calls: number; tookMs: number } {
  const startedAt = performance.now()
  let calls = 0
  let tookMs = 0
  do {
    for (let i = 0; i < BATCH; i++) call()
    calls += BATCH
    tookMs = performance.now() - startedAt
  } while (tookMs < ms)
  return { calls, tookMs }
}

function lookupNs(size: number): number {
  const table = onlineUsers(size)
  const perS = rate(() => {
    drawn = (drawn + 1) % order.length
    found += table.of(keys[(order[drawn] as number) % size] as string).length
  })
  return 1e9 / perS
}

/** The table alone: the keys are there before. */
function bytesPerUser(): number {
  for (const key of keys) found += new Map([[key, 0]]).size // makes every key flat and hashed
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  const table = onlineUsers(users)
  globalThis.gc?.()
  const bytes = (process.memoryUsage().heapUsed - before) / users
  found += table.of(nextKey()).length
  return bytes
}

function onlineUsers(size: number): OnlineUsers {
  const table = new OnlineUsers()
  for (let index = 0; index < size; index++) table.add(keys[index] as string, sessionOf(index))
  return table
}

function sessionOf(index: number): Session {
  return { connection: index, session: null as unknown as Session['session'] }
}

function nextIndex(): number {
  drawn = (drawn + 1) % order.length
  return (order[drawn] as number) % users
}

function nextKey(): string {
  return keys[nextIndex()] as string
}

function report(metric: string, value: number): void {
  console.log(JSON.stringify({ metric, value }))
}
