/** Gateway: the main thread's side of a node: sockets, HTTP, and the node behind them. */

export type { AuthSettings } from './authenticator.ts'
export type { DrainReceipt } from './drain.ts'
export { type Server, type ServerStats, startServer } from './server.ts'
export { SessionTable } from './session-table.ts'
export { checkSettings, type Log, type ServerSettings } from './settings.ts'
