/** ownerFigures: the actor that is responsible for a key, as its router and it tell, without a message to either. */

import { shardOf } from '../../actors/index.ts'
import { type Inspector, RuntimeError } from '../../runtime/index.ts'
import type { AdminNode } from './admin-node.ts'
import type { OwnerFigures } from './chat-rows.ts'

const TIMEOUT_MS = 400

export type RouterName = 'conversations' | 'relays' | 'guilds'

/** `part`: a part of what the owner tells of itself. */
export async function ownerFigures(
  admin: AdminNode,
  router: RouterName,
  key: string,
  part?: string,
): Promise<OwnerFigures> {
  const thread = shardOf(key, admin.settings.threads)
  const { inspector } = admin.node()
  const none = { thread, ref: undefined, mailboxLength: undefined, about: {} }
  try {
    const { owner, crashed } = await inspector.about(`${router}.${thread}`, key, { timeoutMs: TIMEOUT_MS })
    if (typeof owner !== 'string') return { ...none, state: crashed === true ? 'crashed' : 'idle' }
    return { ...none, ...(await runningOwner(inspector, owner, part)) }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
    // It, or its router, has just ended; or the thread says nothing.
    const isGone = error.code === 'ACTOR_GONE' || error.code === 'UNKNOWN_NAME'
    return { ...none, state: isGone ? 'crashed' : 'unknown' }
  }
}

async function runningOwner(inspector: Inspector, ref: string, part: string | undefined) {
  const { mailboxLength, about, state: doing } = await inspector.info(ref, { timeoutMs: TIMEOUT_MS })
  const state = doing === 'suspended' ? ('suspended' as const) : ('running' as const)
  const told = part === undefined ? about : await inspector.about(ref, part, { timeoutMs: TIMEOUT_MS })
  return { ref, state, mailboxLength, about: told }
}
