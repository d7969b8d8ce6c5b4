/**
 * Searches in the gateway's table of sessions. They run on the main thread, so a pass over many gives way after every
 * `BATCH`; sessions that come or go meanwhile may be missing.
 */

import { setImmediate } from 'node:timers/promises'
import { topicOf } from '../outbox.ts'
import type { Session } from '../session-table.ts'
import type { AdminNode } from './admin-node.ts'

const BATCH = 1_000

export async function searchSessions(
  { gateway }: AdminNode,
  spend: (ms: number) => void,
  test: (session: Session) => boolean,
): Promise<Session[]> {
  const found: Session[] = []
  let looked = 0
  let startMs = performance.now()
  for (const session of gateway.sessions.all()) {
    if (test(session)) found.push(session)
    if (++looked % BATCH !== 0) continue
    spend(performance.now() - startMs)
    await setImmediate()
    startMs = performance.now()
  }
  spend(performance.now() - startMs)
  return found
}

/** The session of this name on the wire, or of this connection's number. */
export async function findSession(
  admin: AdminNode,
  spend: (ms: number) => void,
  name: string,
): Promise<Session | undefined> {
  const { gateway } = admin
  const byNumber = /^\d{1,15}$/.test(name) ? gateway.connections.open(Number(name))?.session : undefined
  if (byNumber !== undefined) return byNumber
  const [found] = await searchSessions(admin, spend, (session) => gateway.sessions.nameOf(session) === name)
  return found
}

/** Its socket is subscribed to a topic. */
export function listensTo({ connection }: Session, topic: string): boolean {
  if (connection?.isOpen !== true || connection.socket === undefined) return false
  return connection.socket.isSubscribed(topicOf(topic, connection.msgpack))
}
