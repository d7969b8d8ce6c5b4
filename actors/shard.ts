/** shard: the actors of one scheduler thread, in start order; they stop in the reverse one. */

import { child, supervisor } from '../runtime/index.ts'
import { api } from './api.ts'
import { conversations } from './conversation.ts'
import { guilds } from './guild.ts'
import { relays } from './relay.ts'
import { sessions } from './sessions.ts'
import { threadServices } from './thread-services.ts'
import { users } from './users.ts'

/** The store may have much to flush. */
const STORE_CLOSE_MS = 15_000

/** restForOne: whoever uses what has crashed starts afresh with it. Routers keep the crash of an owner to themselves. */
export const shard = supervisor('shard', {
  strategy: 'restForOne',
  intensity: { restarts: 5, periodMs: 10_000 },
  children: [
    child('services', threadServices, { shutdownMs: STORE_CLOSE_MS }),
    child('users', users),
    child('relays', relays),
    child('conversations', conversations),
    child('guilds', guilds),
    child('api', api),
    child('sessions', sessions),
  ],
})
