/** sessionFigures: one session of the gateway's table as operators see it. */

import { shardOf } from '../../actors/index.ts'
import { tenantOf, userOf } from '../../storage/index.ts'
import { type Connection, STATE } from '../connection.ts'
import type { Session } from '../session-table.ts'
import type { AdminNode } from './admin-node.ts'
import type { SessionFigures, SlowFigures } from './chat-rows.ts'

const SKIPPED_MAX = 20

export function sessionFigures(admin: AdminNode, session: Session): SessionFigures {
  const { gateway, settings } = admin
  const { connection, user, device, generation } = session
  const socket = connection?.isOpen === true ? connection.socket : undefined
  return {
    session: gateway.sessions.nameOf(session),
    user: userOf(user),
    tenant: tenantOf(user),
    device,
    state: stateOf(connection),
    connection: connection?.id,
    codec: connection === undefined ? undefined : connection.msgpack ? 'msgpack' : 'json',
    thread: shardOf(user, settings.threads),
    ref: connection?.ref?.toString(),
    silentMs: connection === undefined ? undefined : gateway.silentMs(connection),
    resumes: generation,
    ticketAgeMs: gateway.sessions.ticketAgeMs(session),
    ticketLeftMs: gateway.sessions.leftMs(session),
    bufferedBytes: socket?.getBufferedAmount() ?? 0,
    slow: slowFigures(connection),
    crashes: connection?.extra?.crashes?.length ?? 0,
  }
}

export function isSlow({ connection }: Session): boolean {
  return connection?.extra?.congestion !== undefined
}

function stateOf(connection: Connection | undefined): SessionFigures['state'] {
  if (connection === undefined || !connection.isOpen) return 'detached'
  if (connection.state === STATE.live) return 'live'
  return connection.state === STATE.replacing ? 'replacing' : 'starting'
}

function slowFigures(connection: Connection | undefined): SlowFigures | undefined {
  const congestion = connection?.extra?.congestion
  if (congestion === undefined) return undefined
  const { queue, queuedBytes, lagged } = congestion
  const skipped = Array.from(lagged.entries().take(SKIPPED_MAX), ([conversation, range]) => ({
    conversation,
    ...range,
  }))
  return { queued: queue.length, queuedBytes, skipped }
}
