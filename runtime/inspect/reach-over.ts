/**
 * reachOver: the reach of an actor or a thread over all threads: asks each in turn what its kernel knows, and follows
 * the links between them.
 *
 * Guarantees: ends within its time; says when threads gave no answer or more was linked than it could follow. An actor
 * that is linked over several ways through other threads may be counted more than once.
 */

import { type AnyRef, Ref } from '../actor/ref.ts'
import type { Clock } from '../kernel/ports.ts'
import { ask, type SilentThread } from './ask.ts'
import type { InspectorPort } from './port.ts'
import type { Reach } from './reach.ts'
import type { ReachRequestSpec } from './requests.ts'

export interface WholeReach extends Omit<Reach, 'beyond'> {
  readonly silent: readonly SilentThread[]
}

export interface ReachOverSpec {
  readonly sums: readonly string[]
  readonly samples: readonly string[]
  readonly timeoutMs: number
}

/** Threads are asked again when links lead back to them, so often at the most. */
const ROUNDS_MAX = 8

type Starts = ReachRequestSpec['starts']

export async function reachOver(
  port: InspectorPort,
  clock: Clock,
  start: AnyRef | { readonly thread: number },
  { sums, samples, timeoutMs }: ReachOverSpec,
): Promise<WholeReach> {
  const deadline = clock.monotonic() + timeoutMs
  const silent: SilentThread[] = []
  const found: Reach[] = []
  const seen = new Set<string>()
  let complete = true
  const first: Starts = start instanceof Ref ? [{ ref: start.toString(), from: undefined }] : 'all'
  let round = new Map<number, Starts>([[start.thread, first]])
  for (let rounds = 0; round.size > 0; rounds++) {
    if (rounds >= ROUNDS_MAX) {
      complete = false
      break
    }
    const answers = await Promise.all(
      Array.from(round, async ([thread, starts]) => {
        const spec = { starts, sums, samples }
        try {
          const leftMs = Math.max(1, deadline - clock.monotonic())
          return await ask<'reach'>(port, thread, { kind: 'reach', spec }, leftMs)
        } catch {
          silent.push({ thread, activity: port.activity(thread) })
          return undefined
        }
      }),
    )
    round = new Map()
    for (const answer of answers) {
      if (answer === undefined) continue
      found.push(answer)
      for (const link of answer.beyond) {
        if (seen.has(link.ref) || seen.has(`${link.from} ${link.ref}`)) continue
        seen.add(`${link.from} ${link.ref}`)
        seen.add(link.from)
        const thread = Number(link.ref.slice(1, link.ref.indexOf('.')))
        round.set(thread, [...((round.get(thread) as Exclude<Starts, 'all'>) ?? []), link])
      }
    }
  }
  return merged(found, complete && silent.length === 0, silent)
}

function merged(found: readonly Reach[], complete: boolean, silent: readonly SilentThread[]): WholeReach {
  const whole = {
    actors: 0,
    children: 0,
    links: 0,
    monitors: 0,
    types: {} as Record<string, number>,
    sums: {} as Record<string, number>,
    samples: {} as Record<string, string[]>,
  }
  for (const reach of found) {
    whole.actors += reach.actors
    whole.children += reach.children
    whole.links += reach.links
    whole.monitors += reach.monitors
    for (const [type, count] of Object.entries(reach.types))
      whole.types[type] = (whole.types[type] ?? 0) + count
    for (const [key, sum] of Object.entries(reach.sums)) whole.sums[key] = (whole.sums[key] ?? 0) + sum
    for (const [key, values] of Object.entries(reach.samples)) {
      whole.samples[key] = [...new Set([...(whole.samples[key] ?? []), ...values])].slice(0, 20)
    }
  }
  return { ...whole, silent, complete: complete && found.every((reach) => reach.complete) }
}
