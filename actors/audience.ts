/**
 * Audience: users grouped by the shard that knows whether they are online, so that one message per shard reaches
 * all of them.
 */

import type { Context } from '../runtime/index.ts'
import type { StoredMessage, UserKey } from '../storage/index.ts'
import type { Connection, RelayRequest, UserEvent, UsersMsg } from './messages.ts'
import { shardOf } from './services.ts'

interface Share {
  readonly shard: number
  readonly users: readonly UserKey[]
  /** Where each of them stands in the whole list. */
  readonly indexes: readonly number[]
}

export type Audience = readonly Share[]

export function audienceOf(users: readonly UserKey[], threads: number): Audience {
  const shares = new Map<number, { users: UserKey[]; indexes: number[] }>()
  users.forEach((user, index) => {
    const shard = shardOf(user, threads)
    const share = shares.get(shard) ?? { users: [], indexes: [] }
    share.users.push(user)
    share.indexes.push(index)
    shares.set(shard, share)
  })
  return [...shares].map(([shard, share]) => ({ shard, ...share }))
}

/** What is lost here, because a shard is down or full, sessions find by the jump of their inbox. */
export function deliver(
  ctx: Context<never>,
  audience: Audience,
  message: StoredMessage,
  numbers: readonly number[],
  from: Connection,
): void {
  for (const { shard, users, indexes } of audience) {
    const share = indexes.map((index) => numbers[index] ?? 0)
    tell(ctx, shard, { type: 'deliver', users, numbers: share, message, from })
  }
}

export function announce(
  ctx: Context<never>,
  audience: Audience,
  event: Extract<UserEvent, { type: 'event' }>,
): void {
  for (const { shard, users } of audience) tell(ctx, shard, { type: 'event', users, event })
}

function tell(ctx: Context<never>, shard: number, msg: UsersMsg): void {
  ctx.sendTo(`users.${shard}`, msg)
}

/** To the relay of a topic. What is lost is found by the next `seq` or the repeated head. */
export function relay(ctx: Context<never>, threads: number, request: RelayRequest): void {
  ctx.sendTo(`relays.${shardOf(request.key, threads)}`, request)
}
