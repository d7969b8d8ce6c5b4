/**
 * An operator at work: `operator-process.ts '<Asked as JSON>'`. Connects to the admin socket and asks a question a second, each in
 * turn and always at the same moment of a second; or once a second runs the commands that ask them, each a process of its own; or
 * kills a conversation's owner ten times a second, which its router starts again. The crash loop is one of kills: what it costs the
 * admin channel is in what is measured.
 *
 * Prints `{"connected":true}`. Works from an order `{"do":"work"}` to `{"do":"rest"}`, which it answers with one line of JSON:
 * OperatorReport. Ends with its standard input.
 */
import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { type AdminClient, AdminError, connectAdmin, type PsRow } from '../../gateway/admin/index.ts'
import { runGuildhall } from './guildhall-command.ts'
import { onOrders, report } from './orders.ts'
import { msUntilQuestion } from './question-moment.ts'

export interface Asked {
  readonly socket: string
  readonly what: 'questions' | 'commands' | 'crashes'
}

export interface OperatorOrder {
  readonly do: 'work' | 'rest'
}

/** Since it was told to work. */
export interface OperatorReport {
  readonly done: number
  /** Answered with BUSY: they are not among the times. */
  readonly refused: number
  /** Other failures by their code, such as the kill of an owner that has just ended by itself. */
  readonly failed: Readonly<Record<string, number>>
  /** By question, or by command. */
  readonly tookMs: Readonly<
    Record<string, { readonly p50: number; readonly max: number; readonly count: number }>
  >
}

const ROUND_MS = 1_000
const KILL_MS = 100
const CHOICE = 100
const QUESTIONS = 4

const { socket, what } = JSON.parse(process.argv[2] as string) as Asked
let times = new Map<string, RecordableHistogram>()
let asked = 0
let done = 0
let refused = 0
let failed: Record<string, number> = {}
let isWorking = false
let round: Promise<void> = Promise.resolve()
let victims: PsRow[] = []

// The node's cost is looked for, not that of an operator's own program, which need not be on the node's machine.
if (what === 'questions') lowerPriority()
const client = await connectAdmin({ to: socket, as: 'bench' })
let message: Awaited<ReturnType<typeof anyMessage>>
onOrders<OperatorOrder>(async (order) => {
  if (order.do === 'work') {
    isWorking = true
    round = work()
  } else {
    isWorking = false
    await round
    report(takeReport())
  }
})
report({ connected: true })

/** Until it is told to rest. */
async function work(): Promise<void> {
  if (what !== 'crashes') message ??= await anyMessage(client)
  if (what === 'questions') await pause(msUntilQuestion())
  while (isWorking) {
    const startedAt = performance.now()
    if (what === 'questions') await askNext()
    else if (what === 'commands') await runAll()
    else await killOne()
    const took = performance.now() - startedAt
    await pause(what === 'questions' ? msUntilQuestion() : (what === 'crashes' ? KILL_MS : ROUND_MS) - took)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.ceil(ms))))
}

/** Of every thread: Linux has a priority for each. */
function lowerPriority(): void {
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      setPriority(Number(thread), constants.priority.PRIORITY_LOW)
    } catch {
      // One of those that load files has ended meanwhile.
    }
  }
}

async function askNext(): Promise<void> {
  const turn = asked++ % QUESTIONS
  if (turn === 0) await timed('tree', () => client.request('tree', {}))
  else if (turn === 1) await timed('top', () => client.request('top', {}))
  else if (turn === 2) await timed('threads', () => client.request('threads', {}))
  else await askWhy()
}

async function askWhy(): Promise<void> {
  const about = message
  if (about !== undefined) await timed('why', () => client.request('why', about))
}

async function runAll(): Promise<void> {
  await command('tree')
  await command('top', '--once')
  await command('threads')
  if (message !== undefined) await command('why', message.message, '--user', message.user)
}

function command(name: string, ...args: readonly string[]): Promise<void> {
  return timed(name, async () => {
    const code = await runGuildhall([name, ...args, '--json', '--socket', socket])
    if (code !== undefined) throw new AdminError(code as AdminError['code'], `${name} failed`)
  })
}

async function timed(name: string, ask: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  if (!(await isDone(ask))) return
  const histogram = times.get(name) ?? createHistogram()
  times.set(name, histogram)
  histogram.record(Math.max(1, Math.round((performance.now() - startedAt) * 1_000)))
}

async function killOne(): Promise<void> {
  // Looked for now and then only: the questions of all operators share one budget.
  if (victims.length === 0) {
    await isDone(async () => {
      victims = [...(await client.request('ps', { type: 'conversation', limit: CHOICE })).rows]
    })
  }
  const row = victims.pop()
  if (row !== undefined) await isDone(() => client.request('kill', { target: row.ref }))
}

async function isDone(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask()
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    if (error.code === 'BUSY') refused++
    else failed[error.code] = (failed[error.code] ?? 0) + 1
    return false
  }
  done++
  return true
}

/** One that a member has not acknowledged: all steps are looked at. */
async function anyMessage(admin: AdminClient) {
  for (let tries = 0; tries < 100; tries++) {
    const { rows } = await admin.request('ps', { type: 'conversation', limit: 1 })
    const [owner] = rows
    if (owner !== undefined) {
      const { about } = await admin.request('info', { target: owner.ref })
      const { memberRows } = await admin.request('conversation', { conversation: String(about.conversation) })
      const [member] = memberRows
      if (member !== undefined && Number(about.head) > 0) {
        return { user: member.user, message: `${about.conversation}:1` }
      }
    }
    await pause(KILL_MS)
  }
  return undefined
}

function takeReport(): OperatorReport {
  const tookMs = Object.fromEntries(
    Array.from(times, ([name, histogram]) => {
      const ms = (us: number): number => us / 1_000
      return [name, { p50: ms(histogram.percentile(50)), max: ms(histogram.max), count: histogram.count }]
    }),
  )
  const taken = { done, refused, failed, tookMs }
  times = new Map()
  done = 0
  refused = 0
  failed = {}
  return taken
}
