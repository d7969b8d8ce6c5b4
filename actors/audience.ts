/**
 * Audience: users grouped by the shard that knows whether they are online, so that one message per shard reaches
 * all of them.
 */

import type { Context, Refusal } from '../runtime/index.ts'
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

/** False when a shard takes no more now. Where one is down nobody is online; those who come look for themselves. */
export function deliver(
  ctx: Context<never>,
  audience: Audience,
  message: StoredMessage,
  numbers: readonly number[],
  from: Connection,
): boolean {
  return audience
    .map(({ shard, users, indexes }) => {
      const share = indexes.map((index) => numbers[index] ?? 0)
      return tell(ctx, shard, { type: 'deliver', users, numbers: share, message, from })
    })
    .every((isTold) => isTold)
}

/** Their sessions look at their inboxes. False when a shard takes no more now. */
export function haveCatchUp(ctx: Context<never>, audience: Audience): boolean {
  return audience
    .map(({ shard, users }) => tell(ctx, shard, { type: 'catchUp', users }))
    .every((isTold) => isTold)
}

export function announce(
  ctx: Context<never>,
  audience: Audience,
  event: Extract<UserEvent, { type: 'event' }>,
): void {
  for (const { shard, users } of audience) tell(ctx, shard, { type: 'event', users, event })
}

function tell(ctx: Context<never>, shard: number, msg: UsersMsg): boolean {
  return isTaken(ctx.sendTo(`users.${shard}`, msg))
}

/** To the relay of a topic. False when it takes no more now; one that is down will check when it is there again. */
export function relay(ctx: Context<never>, threads: number, request: RelayRequest): boolean {
  return isTaken(ctx.sendTo(`relays.${shardOf(request.key, threads)}`, request))
}

function isTaken(refusal: Refusal | undefined): boolean {
  return refusal?.code !== 'MAILBOX_FULL' && refusal?.code !== 'RING_FULL'
}
