/**
 * Busy: which thread of which process worked how much of the time, and so what stood in the way of more.
 *
 * Linux only, from /proc; in hundredths of a second, so look over a second or more.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** Percent of one core. */
export interface ProcessLoad {
  readonly mainThread: number
  /** The busiest of the others: a scheduler thread, as a rule. */
  readonly otherThread: number
}

export interface Load {
  readonly processes: Readonly<Record<string, ProcessLoad>>
  /** Percent of all cores together, whoever uses them. */
  readonly box: number
}

/** From here on a thread has no room left: it waits for the other side now and then, whatever it does. */
const FULL_PERCENT = 85
const BOX_FULL_PERCENT = 92

export class Busy {
  readonly #pids: Readonly<Record<string, number>>
  readonly #before: ReadonlyMap<string, ReadonlyMap<number, number>>
  readonly #boxBefore = boxTicks()
  readonly #startedAt = performance.now()

  /** Looks from now on at the processes, by name. */
  constructor(pids: Readonly<Record<string, number>>) {
    this.#pids = pids
    this.#before = new Map(Object.entries(pids).map(([name, pid]) => [name, threadTicks(pid)]))
  }

  sinceStart(): Load {
    const ticks = (performance.now() - this.#startedAt) / 10
    const processes: Record<string, ProcessLoad> = {}
    for (const [name, pid] of Object.entries(this.#pids)) {
      const before = this.#before.get(name)
      const used = [...threadTicks(pid)].map(([thread, now]) => ({
        thread,
        percent: Math.round(((now - (before?.get(thread) ?? 0)) * 100) / ticks),
      }))
      const main = used.find(({ thread }) => thread === pid)?.percent ?? 0
      const others = used.filter(({ thread }) => thread !== pid).map(({ percent }) => percent)
      processes[name] = { mainThread: main, otherThread: Math.max(0, ...others) }
    }
    const box = Math.round(((boxTicks() - this.#boxBefore) * 100) / ticks / availableParallelism())
    return { processes, box }
  }
}

/** Names what has no room left, such as `the main thread of the node: 97% of a core`. */
export function limitIn({ processes, box }: Load): string {
  const threads = Object.entries(processes).flatMap(([name, { mainThread, otherThread }]) => [
    { what: `the main thread of the ${name}`, percent: mainThread },
    { what: `a thread of the ${name}`, percent: otherThread },
  ])
  const [fullest] = threads.toSorted((a, b) => b.percent - a.percent)
  if (fullest !== undefined && fullest.percent >= FULL_PERCENT) {
    return `${fullest.what}: ${fullest.percent}% of a core`
  }
  if (box >= BOX_FULL_PERCENT) return `all cores of the box: ${box}% busy`
  return `no thread was full (the box ${box}% busy): waiting, for the disk or for each other`
}

function threadTicks(pid: number): Map<number, number> {
  const ticks = new Map<number, number>()
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    // The second field is the name in parentheses and may hold anything.
    const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    ticks.set(Number(thread), Number(fields[11]) + Number(fields[12]))
  }
  return ticks
}

/** User, nice and system, of all cores. */
function boxTicks(): number {
  const [, user, nice, system] = readFileSync('/proc/stat', 'utf8').split(/\s+/).map(Number)
  return (user ?? 0) + (nice ?? 0) + (system ?? 0)
}
