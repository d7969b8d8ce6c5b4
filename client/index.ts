/** guildhall/client: the TypeScript SDK for browsers and Node 22. No dependencies at run time. */

export { backoffMs } from './backoff.ts'
export { type ClientOptions, connect, GuildhallClient } from './client.ts'
export { ClientError, type ClientErrorCode } from './errors.ts'
export type {
  ChatMessage,
  ClientEvents,
  HistoryPage,
  SendOptions,
  Sent,
  Status,
  StopReason,
} from './events.ts'
export { type HttpApi, HttpError, type HttpOptions, httpApi } from './http.ts'
export {
  type Clock,
  memoryStore,
  type Socket,
  type SocketFactory,
  type SocketHandlers,
  type Store,
} from './ports.ts'
export type { HistoryQuery, HistoryStart } from './state-types.ts'
