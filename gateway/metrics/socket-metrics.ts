/** Metrics of sockets and sessions: how many, how long, how they end, who reads too slowly. */

import { OTHER_CODE, SESSION_S } from '../traffic.ts'
import type { NodeFamilies } from './source.ts'

export function addSocketMetrics(families: NodeFamilies): void {
  addConnections(families)
  addSessions(families)
  addSlowReaders(families)
}

function addConnections(families: NodeFamilies): void {
  families.gauge('guildhall_ready', '1 while the node takes sockets; 0 while it starts or drains.', (of) =>
    Number(of.isReady),
  )
  families.counter(
    'websocket_connections_total',
    'WebSocket connections opened, by codec. Those open now: guildhall_connections.',
    ({ gateway: { traffic } }) => [
      [{ codec: 'json' }, traffic.openedJson],
      [{ codec: 'msgpack' }, traffic.openedMsgpack],
    ],
  )
  families.histogram(
    'websocket_connection_duration_seconds',
    'How long WebSocket connections were open that have ended.',
    { bounds: SESSION_S },
    ({ gateway }) => [[{}, gateway.traffic.openSeconds.cells]],
  )
  families.gauge(
    'guildhall_connections',
    'Sockets that are open.',
    ({ gateway }) => gateway.connections.all.size,
  )
  families.gauge(
    'guildhall_connections_max',
    'Sockets that may be open.',
    ({ capacity }) => capacity.socketsMax,
  )
  families.gauge(
    'guildhall_descriptors',
    'File descriptors that sockets and requests hold.',
    ({ capacity }) => capacity.descriptors.used,
  )
  families.gauge(
    'guildhall_descriptors_max',
    'File descriptors that sockets and requests may hold; the rest is kept for files and threads.',
    ({ capacity }) => capacity.descriptors.max,
  )
  families.counter('guildhall_closes_total', 'Sockets closed, by code.', ({ gateway }) =>
    Array.from(gateway.traffic.closes, ([code, count]) => [
      { code: code === OTHER_CODE ? 'other' : code },
      count,
    ]),
  )
  families.counter('guildhall_frames_received_total', 'Frames from clients.', (of) => of.gateway.framesIn)
  families.counter('guildhall_http_requests_total', 'HTTP requests.', (of) => of.httpRequests)
}

function addSessions(families: NodeFamilies): void {
  families.gauge(
    'guildhall_sessions',
    'Sessions, those that wait for their client included.',
    ({ gateway }) => gateway.sessions.size,
  )
  families.gauge(
    'guildhall_sessions_detached',
    'Sessions that wait for their client.',
    ({ gateway }) => gateway.sessions.detached,
  )
  families.gauge(
    'guildhall_sessions_starting',
    'Session starts in work or waiting.',
    ({ gateway: { identification } }) => identification.admission.running + identification.admission.waiting,
  )
  families.counter('guildhall_identifies_total', 'Sessions begun by clients.', ({ gateway }) => {
    return gateway.identification.counts.identified
  })
  families.counter(
    'guildhall_reconnects_total',
    'Clients that came back to their session, and those whose session was gone.',
    ({ gateway: { identification } }) => [
      [{ result: 'resumed' }, identification.counts.resumed],
      [{ result: 'refused' }, identification.counts.notResumed],
    ],
  )
  families.counter('guildhall_session_crashes_total', 'Sessions that crashed.', ({ gateway }) => {
    return gateway.keeper.crashed
  })
  families.counter('guildhall_session_replacements_total', 'Sessions that were replaced.', ({ gateway }) => {
    return gateway.keeper.replaced
  })
}

function addSlowReaders(families: NodeFamilies): void {
  families.gauge('guildhall_sockets_congested', 'Sockets that read too slowly.', ({ gateway }) => {
    return gateway.outbox.congested
  })
  families.counter('guildhall_slow_consumers_total', 'Times a socket began to read too slowly.', (of) => {
    return of.gateway.outbox.slow
  })
  families.counter('guildhall_pushes_skipped_total', 'Pushes that slow sockets were not sent.', (of) => {
    return of.gateway.outbox.skipped
  })
}
