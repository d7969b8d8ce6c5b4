/**
 * serverTree: the top of the supervision tree. `config` answers what threads ask when they start; each thread has a
 * shard; `gateway` starts last and stops first, so that nothing is written to sockets whose actors are gone.
 */

import type { ConfigMsg, NodeSettings } from '../actors/index.ts'
import { type ActorDefinition, child, defineActor, supervisor } from '../runtime/index.ts'
import type { Gateway } from './gateway.ts'
import { gatewayActor } from './gateway-actor.ts'

/** The actors of a node: where threads load them from, and what each thread runs. Tests pass in others. */
export interface Actors {
  /** `file:` URL of the module that exports all definitions. */
  readonly module: string
  readonly shard: ActorDefinition<never, never, void>
}

/** Threads may die often under test and in trouble; beyond this the node gives up and whoever started it decides. */
const INTENSITY = { restarts: 100, periodMs: 60_000 }
/** For what conversations have in work to become durable. */
const SHARD_STOP_MS = 10_000

const configActor = defineActor<NodeSettings, ConfigMsg, NodeSettings>({
  name: 'config',
  init: (settings) => settings,
  handle: (settings, msg, ctx) => ctx.reply(msg.replyTo, settings),
})

export function serverTree(settings: NodeSettings, actors: Actors, gateway: Gateway) {
  const threads = Array.from({ length: settings.threads }, (_, index) => index + 1)
  return supervisor('guildhall', {
    strategy: 'oneForOne',
    intensity: INTENSITY,
    children: [
      child('config', configActor, { name: 'config', arg: settings }),
      ...threads.map((thread) =>
        child(`shard.${thread}`, actors.shard, { placement: { thread }, shutdownMs: SHARD_STOP_MS }),
      ),
      child('gateway', gatewayActor, { name: 'gateway', arg: gateway }),
    ],
  })
}
