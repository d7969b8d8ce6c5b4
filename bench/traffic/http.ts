/** What has to be there before messages flow: conversations and guilds, over the HTTP API. */
import type { Target } from '../load/target.ts'
import { tokenFor } from '../load/token.ts'

/** Requests at once. */
const AT_ONCE = 32

/** The id of the 1:1 of two users. */
export async function openDm(target: Target, user: string, other: string): Promise<string> {
  const { id } = await post<{ id: string }>(target, user, '/v1/conversations', { kind: 'dm', user: other })
  return id
}

/** A guild with one channel. */
export async function openGuild(
  target: Target,
  owner: string,
  name: string,
): Promise<{ id: string; channel: string }> {
  type Guild = { id: string; channels: { id: string }[] }
  const { id, channels } = await post<Guild>(target, owner, '/v1/guilds', { name })
  const [channel] = channels
  if (channel === undefined) throw new Error(`Cannot use the guild ${id}: it has no channel`)
  return { id, channel: channel.id }
}

export async function joinGuild(target: Target, user: string, guild: string): Promise<void> {
  const response = await request(target, user, 'PUT', `/v1/guilds/${guild}/members/${user}`)
  if (!response.ok) throw new Error(`Cannot join a guild: ${response.status} ${await response.text()}`)
}

/** Runs the job for each, several at once; results in the order of the items. */
export async function each<T, R>(
  items: readonly T[],
  job: (item: T) => Promise<R>,
  atOnce = AT_ONCE,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const some = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      results[index] = await job(items[index] as T)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, some))
  return results
}

async function post<T>(target: Target, user: string, path: string, body: object): Promise<T> {
  const response = await request(target, user, 'POST', path, body)
  if (!response.ok) throw new Error(`Cannot prepare: POST ${path} gave ${response.status}`)
  return (await response.json()) as T
}

function request(
  { host, port, secret }: Target,
  user: string,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  return fetch(`http://${host}:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenFor(user, secret)}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}
