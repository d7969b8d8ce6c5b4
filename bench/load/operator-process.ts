/**
 * An operator at work: `operator-process.ts '<Asked as JSON>'`. Connects to the admin socket and, once a second, asks each question
 * one after the other; or kills a conversation's owner ten times a second, which its router starts again.
 *
 * Prints `{"connected":true}`, and when its standard input ends one line of JSON: OperatorReport.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { type AdminClient, AdminError, connectAdmin, type PsRow } from '../../gateway/admin/index.ts'

export interface Asked {
  readonly socket: string
  readonly what: 'questions' | 'crashes'
}

export interface OperatorReport {
  readonly done: number
  readonly refused: number
  /** By question. */
  readonly tookMs: Readonly<
    Record<string, { readonly p50: number; readonly max: number; readonly count: number }>
  >
}

const ROUND_MS = 1_000
const KILL_MS = 100
const CHOICE = 100

const { socket, what } = JSON.parse(process.argv[2] as string) as Asked
const times = new Map<string, RecordableHistogram>()
let done = 0
let refused = 0
let ended = false
let victims: PsRow[] = []

const client = await connectAdmin({ to: socket, as: 'bench' })
console.log(JSON.stringify({ connected: true }))
process.stdin.resume().on('end', () => {
  ended = true
})
const message = what === 'questions' ? await anyMessage(client) : undefined
while (!ended) {
  const startedAt = performance.now()
  if (what === 'questions') await askAll()
  else await killOne()
  const pauseMs = (what === 'questions' ? ROUND_MS : KILL_MS) - (performance.now() - startedAt)
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, pauseMs)))
}
console.log(JSON.stringify(report()))
process.exit(0)

async function askAll(): Promise<void> {
  await timed('tree', () => client.request('tree', {}))
  await timed('top', () => client.request('top', {}))
  await timed('threads', () => client.request('threads', {}))
  if (message !== undefined) await timed('why', () => client.request('why', message))
}

async function timed(name: string, ask: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  try {
    await ask()
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    refused++
    return
  }
  done++
  const histogram = times.get(name) ?? createHistogram()
  times.set(name, histogram)
  histogram.record(Math.max(1, Math.round((performance.now() - startedAt) * 1_000)))
}

async function killOne(): Promise<void> {
  // Looked for now and then only: the questions of all operators share one budget.
  if (victims.length === 0)
    victims = [...(await client.request('ps', { type: 'conversation', limit: CHOICE })).rows]
  const row = victims.pop()
  if (row === undefined) return
  try {
    await client.request('kill', { target: row.ref })
    done++
  } catch (error) {
    if (!(error instanceof AdminError)) throw error
    refused++ // it has just ended by itself
  }
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
    await new Promise((resolve) => setTimeout(resolve, KILL_MS))
  }
  return undefined
}

function report(): OperatorReport {
  const tookMs = Object.fromEntries(
    Array.from(times, ([name, histogram]) => {
      const ms = (us: number): number => us / 1_000
      return [name, { p50: ms(histogram.percentile(50)), max: ms(histogram.max), count: histogram.count }]
    }),
  )
  return { done, refused, tookMs }
}
