/**
 * randomSignals: a few actors, some of which trap exits, that link, monitor, unlink, send and end at random.
 */

import fc from 'fast-check'
import { demonitor, ENDS, exit, link, monitor, send, spawn, unlink } from './acts.ts'
import type { ActorAct, ActorScenario, Op, Reason } from './scenario.ts'

const ACTORS_MAX = 5
const ACTS_MAX = 20
const OPS_MAX = 3

interface Draw {
  readonly what: 'link' | 'unlink' | 'monitor' | 'demonitor' | 'send' | 'exit' | 'end' | 'spawn'
  readonly who: number
  readonly whom: number
  readonly reason: Reason
  readonly end: Op
  readonly trapExit: boolean
  /** Goes into the same handler as the one before, where that is possible. */
  readonly joined: boolean
}

const draw: fc.Arbitrary<Draw> = fc.record({
  what: fc.constantFrom<Draw['what']>(
    'link',
    'link',
    'link',
    'unlink',
    'monitor',
    'monitor',
    'demonitor',
    'send',
    'send',
    'exit',
    'end',
    'spawn',
  ),
  who: fc.nat(1_000),
  whom: fc.nat(1_000),
  reason: fc.constantFrom<Reason>('normal', 'shutdown', 'shutdownX', 'kill', 'other'),
  end: fc.constantFrom(...ENDS.map(([, op]) => op)),
  trapExit: fc.boolean(),
  joined: fc.boolean(),
})

export const randomSignals: fc.Arbitrary<ActorScenario> = fc
  .record({
    traps: fc.array(fc.boolean(), { minLength: 2, maxLength: ACTORS_MAX }),
    draws: fc.array(draw, { minLength: 1, maxLength: ACTS_MAX }),
  })
  .map(({ traps, draws }) => {
    const actors = traps.map((trapExit, at) => ({ name: `a${at}`, trapExit }))
    return {
      kind: 'actors',
      title: 'random signals',
      anyOrderOfSenders: true,
      actors,
      steps: actsOf(
        actors.map(({ name }) => name),
        draws,
      ),
    }
  })

function actsOf(names: readonly string[], draws: readonly Draw[]): ActorAct[] {
  const known = [...names]
  const acts: ActorAct[] = []
  let open = false
  for (const each of draws) {
    const last: ActorAct | undefined = each.joined && open ? acts.at(-1) : undefined
    const actor: string = last?.actor ?? pick(known, each.who)
    const op = opOf(each, actor, known)
    if (last !== undefined && op.op !== 'spawn') acts[acts.length - 1] = { actor, ops: [...last.ops, op] }
    else acts.push({ actor, ops: [op] })
    open = goesOn(op) && (acts.at(-1) as ActorAct).ops.length < OPS_MAX
    if (op.op === 'spawn') known.push(op.name)
  }
  return acts
}

function opOf({ what, whom, reason, end, trapExit }: Draw, actor: string, known: readonly string[]): Op {
  const to = pick(known, whom)
  switch (what) {
    case 'end':
      return end
    case 'exit':
      return exit(to, reason)
    case 'send':
      return send(to, whom)
    case 'demonitor':
      return demonitor(to)
    case 'spawn':
      // Linked: what a spawner without a link is to its child is one of the kept differences.
      return spawn(`${actor}x${known.length}`, { link: true, monitor: trapExit, trapExit })
    default:
      return { link, unlink, monitor }[what](to)
  }
}

/**
 * What ends a handler here. After an exit of itself, and after a link to the dead, a process of Erlang is
 * gone in the middle of its handler, where an actor of ours finishes it. A spawn of Erlang's waits for the
 * child, so that signals come in between. And what one does right after its exit signal to another finds that
 * one dead on Erlang, and still ending here: see `aliveUntilEnded`.
 */
function goesOn({ op }: Op): boolean {
  return op !== 'exit' && op !== 'link' && op !== 'stop' && op !== 'crash' && op !== 'spawn'
}

function pick<T>(list: readonly T[], which: number): T {
  return list[which % list.length] as T
}
