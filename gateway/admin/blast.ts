/**
 * The blast radius of a write: which actors end, and which sessions, conversations and users are touched. What a type
 * means to the chat is known here; the runtime counts types.
 */

import type { ActorRow } from '../../runtime/index.ts'
import { userOf } from '../../storage/index.ts'
import type { Session } from '../session-table.ts'
import type { AdminNode } from './admin-node.ts'
import type { BlastRadius } from './chat-rows.ts'
import type { Caller } from './command.ts'
import { timed } from './pieces.ts'

const TIMEOUT_MS = 1_500
const TYPES_MAX = 20
const USERS_MAX = 20
/** An actor looked at, in ms of its thread. */
const LOOK_MS = 0.001

export async function blastOf(
  admin: AdminNode,
  target: string | { readonly thread: number },
  caller: Caller,
): Promise<BlastRadius> {
  const { inspector } = admin.node()
  const reach = await inspector.reach(target, { timeoutMs: TIMEOUT_MS, sums: ['members'], samples: ['user'] })
  caller.spend(reach.actors * LOOK_MS)
  const types = Object.entries(reach.types).map(([type, count]) => ({ type, count }))
  const isThread = typeof target === 'object'
  // A thread that gives no answer: the gateway knows its sessions all the same.
  const sessions = reach.complete || !isThread ? (reach.types.session ?? 0) : sessionsOn(admin, target.thread)
  return {
    actors: reach.actors,
    types: types.sort((a, b) => b.count - a.count).slice(0, TYPES_MAX),
    children: reach.children,
    links: reach.links,
    monitors: reach.monitors,
    sessions,
    conversations: reach.types.conversation ?? 0,
    guilds: reach.types.guild ?? 0,
    members: Math.max(reach.sums.members ?? 0, sessions),
    users: (reach.samples.user ?? []).slice(0, USERS_MAX),
    complete: reach.complete,
  }
}

/** While one actor is suspended nothing ends, but all that depends on it waits. */
export async function blastOfPause(
  admin: AdminNode,
  { ref, type, name, thread }: Pick<ActorRow, 'ref' | 'type' | 'name' | 'thread'>,
  caller: Caller,
): Promise<BlastRadius> {
  // Called so, it is on the way of every message of its thread.
  const isThreadWide = name === `${type}.${thread}`
  const touched =
    type === 'gateway'
      ? timed(caller.spend, () => blastOfSessions([...admin.gateway.sessions.all()]))
      : await blastOf(admin, isThreadWide ? { thread } : ref, caller)
  return { ...touched, actors: 1, types: [{ type, count: 1 }], children: 0, links: 0, monitors: 0 }
}

export function blastOfSessions(sessions: readonly Session[]): BlastRadius {
  const users = new Set(sessions.map(({ user }) => user))
  const actors = sessions.filter(({ connection }) => connection?.ref !== undefined).length
  return {
    actors,
    types: actors === 0 ? [] : [{ type: 'session', count: actors }],
    ...{ children: 0, links: 0, monitors: actors, conversations: 0, guilds: 0 },
    sessions: sessions.length,
    members: users.size,
    users: [...users].slice(0, USERS_MAX).map(userOf),
    complete: true,
  }
}

function sessionsOn({ gateway }: AdminNode, thread: number): number {
  let count = 0
  for (const { ref } of gateway.connections.all.values()) if (ref?.thread === thread) count++
  return count
}
