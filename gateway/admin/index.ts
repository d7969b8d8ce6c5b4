/**
 * guildhall/gateway/admin: the operator's end of the admin channel: contract and client. Loads nothing of the node, so
 * that a command starts fast; the server's end is part of the gateway.
 */

export type * from './actor-rows.ts'
export type * from './chat-rows.ts'
export { type AdminClient, type AdminSubscription, type ConnectOptions, connectAdmin } from './client.ts'
export * from './contract.ts'
export * from './errors.ts'
export type * from './event-rows.ts'
