/** The HTTP API's call about a user. */

import { type Store, type UserKey, userOf } from '../storage/index.ts'
import type { ApiCall } from './api-call.ts'
import { refuse, unwrap, userIn } from './api-input.ts'
import type { ApiResponse } from './messages.ts'

/**
 * GET /v1/users/:user: online or not, and when last seen. For those who share a conversation or a guild with the user;
 * to others there is no such user. Cost: the memberships of both.
 */
export async function getUser(call: ApiCall, text: string): Promise<ApiResponse> {
  const { store, request } = call
  const user = userIn(text, request.user)
  if (user !== request.user && !(await share(store, request.user, user))) {
    return refuse(
      'NOT_FOUND',
      'Cannot find the user among those who share a conversation or a guild with you',
    )
  }
  // In this order: what is not written yet is known by the actor.
  const { online, leftAt } = unwrap(await call.askPresence(user))
  const lastSeen = leftAt ?? (await store.lastSeen(user))
  return { status: 200, body: { id: userOf(user), online, ...(lastSeen === undefined ? {} : { lastSeen }) } }
}

async function share(store: Store, one: UserKey, other: UserKey): Promise<boolean> {
  const places = async (user: UserKey) => [
    ...(await store.conversationsOf(user)),
    ...(await store.guildsOf(user)),
  ]
  const known = new Set(await places(one))
  return (await places(other)).some((place) => known.has(place))
}
