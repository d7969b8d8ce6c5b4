/**
 * forest: the supervised part of a random program: a supervisor on the main thread, one or two below it
 * anywhere, and permanent children of them all anywhere. However often actors and threads crash, every child
 * is back at rest, once.
 */

import type { ActorDefinition, AnyDefinition } from '../../runtime/actor/index.ts'
import { child, type Strategy, supervisor } from '../../runtime/supervisor/index.ts'
import { seededRandom } from '../../runtime/testing/index.ts'
import type { ActorDefinitions } from './actors.ts'
import type { Birth } from './messages.ts'

export interface Forest {
  readonly top: AnyDefinition
  readonly definitions: readonly AnyDefinition[]
  /** Of the children that are no supervisors. */
  readonly keys: readonly string[]
}

/** No program crashes so often. */
const INTENSITY = { restarts: 100_000, periodMs: 1 }
const STRATEGIES: readonly Strategy[] = ['oneForOne', 'oneForAll', 'restForOne']
const SHUTDOWN_MS = [0, 20, 5_000] as const

export function forest(seed: number, threads: number, actors: ActorDefinitions): Forest {
  const random = seededRandom(seed)
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T
  const anywhere = () => ({ thread: Math.floor(random() * threads) })
  const keys: string[] = []

  const leaf = () => {
    const key = `child ${keys.length}`
    keys.push(key)
    const arg: Birth = { name: null, init: 'quick', key }
    return child(key, pick(Object.values(actors)), {
      arg,
      placement: anywhere(),
      shutdownMs: pick(SHUTDOWN_MS),
    })
  }
  const branches: ActorDefinition<unknown, never, void>[] = [...'ab'].map(
    (name) =>
      supervisor(`branch ${name}`, {
        strategy: pick(STRATEGIES),
        intensity: INTENSITY,
        children: [leaf(), leaf()],
      }) as ActorDefinition<unknown, never, void>,
  )
  const top = supervisor('top', {
    strategy: pick(STRATEGIES),
    intensity: INTENSITY,
    children: [
      leaf(),
      ...branches.map((branch) => child(branch.name, branch, { placement: anywhere() })),
      leaf(),
    ],
  })
  return { top: top as AnyDefinition, definitions: branches as readonly AnyDefinition[], keys }
}
