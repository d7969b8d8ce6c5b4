/**
 * GuildState: what a guild allows, without effects.
 *
 * The owner adds and removes anyone and creates channels; he cannot leave. Anyone of the tenant may join an open
 * guild by himself, and leave. A guild of another tenant does not exist.
 */

import { type ConversationRecord, type GuildRecord, tenantOf, type UserKey } from '../storage/index.ts'
import { failed } from './failures.ts'
import type { GuildRequest } from './messages.ts'

const GUILD_CHANNELS_MAX = 500

type Refused = ReturnType<typeof failed>

export class GuildState {
  readonly record: GuildRecord
  readonly channels: ConversationRecord[]

  constructor(record: GuildRecord, channels: readonly ConversationRecord[]) {
    this.record = record
    this.channels = [...channels]
  }

  /** Undefined when the request may go on. */
  refusal(request: GuildRequest): Refused | undefined {
    if (tenantOf(request.by) !== this.record.tenant) return unknownGuild(this.record.id)
    switch (request.type) {
      case 'createChannel':
        return this.#channelRefusal(request.by)
      case 'addMember':
        return this.#addRefusal(request.by, request.user)
      case 'removeMember':
        return this.#removeRefusal(request.by, request.user)
    }
  }

  #channelRefusal(by: UserKey): Refused | undefined {
    const { id, owner } = this.record
    if (by !== owner) return failed('FORBIDDEN', `Cannot create a channel in guild ${id}: only its owner may`)
    if (this.channels.length < GUILD_CHANNELS_MAX) return undefined
    return failed('TOO_LARGE', `Cannot create a channel in guild ${id}: it has ${GUILD_CHANNELS_MAX} already`)
  }

  #addRefusal(by: UserKey, user: UserKey): Refused | undefined {
    const { id, tenant, owner, open } = this.record
    if (tenantOf(user) !== tenant) return unknownGuild(id)
    if (by === owner || (by === user && open)) return undefined
    const fact = by === user ? 'it is not open' : 'only its owner may'
    return failed('FORBIDDEN', `Cannot add a member to guild ${id}: ${fact}`)
  }

  #removeRefusal(by: UserKey, user: UserKey): Refused | undefined {
    const { id, owner } = this.record
    if (user === owner) return failed('FORBIDDEN', `Cannot leave guild ${id}: its owner stays`)
    if (by === owner || by === user) return undefined
    return failed('FORBIDDEN', `Cannot remove a member of guild ${id}: only its owner may`)
  }
}

export function unknownGuild(id: string): Refused {
  return failed('NOT_FOUND', `Cannot find guild ${id}`)
}
