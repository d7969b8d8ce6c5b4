/** ApiCall: one request of the HTTP API with all that answering it needs. */

import type { Context, Ref, ReplyOf, RequestTo } from '../runtime/index.ts'
import type { Store, UserKey } from '../storage/index.ts'
import { callFailed, unavailable } from './failures.ts'
import type { ApiRequest, ConversationRequest, GuildRequest, Presence, Result, UsersMsg } from './messages.ts'
import { type Ids, idsService, settingsService, shardOf, storeService } from './services.ts'

export class ApiCall {
  readonly request: ApiRequest
  readonly ctx: Context<never>
  readonly store: Store
  readonly ids: Ids
  readonly threads: number

  constructor(request: ApiRequest, ctx: Context<never>) {
    this.request = request
    this.ctx = ctx
    this.store = ctx.service(storeService)
    this.ids = ctx.service(idsService)
    this.threads = ctx.service(settingsService).threads
  }

  /** Asks the owner of a conversation. */
  askConversation<Type extends Exclude<ConversationRequest, { type: 'forgetMember' }>['type']>(
    request: RequestTo<ConversationRequest> & { readonly type: Type; readonly key: string },
  ): Promise<ReplyOf<ConversationRequest, Type> | Result<never>> {
    return this.#ask<ConversationRequest, Type>('conversations', request.key, request)
  }

  /** Asks the owner of a guild. */
  askGuild<Type extends GuildRequest['type']>(
    request: RequestTo<GuildRequest> & { readonly type: Type; readonly key: string },
  ): Promise<ReplyOf<GuildRequest, Type> | Result<never>> {
    return this.#ask<GuildRequest, Type>('guilds', request.key, request)
  }

  /** Asks whether a user is online. */
  askPresence(user: UserKey): Promise<Result<Presence>> {
    return this.#attempt(
      `users.${shardOf(user, this.threads)}`,
      'ask who is online',
      async (users: Ref<UsersMsg>) => ({
        ok: true as const,
        value: await this.ctx.call<UsersMsg, 'presence'>(users, { type: 'presence', user }),
      }),
    )
  }

  #ask<M, Type extends string>(
    router: string,
    key: string,
    request: RequestTo<M> & { readonly type: Type },
  ): Promise<ReplyOf<M, Type> | Result<never>> {
    const name = `${router}.${shardOf(key, this.threads)}`
    return this.#attempt(name, `ask the owner of ${key}`, (owner: Ref<M>) =>
      this.ctx.call<M, Type>(owner, request),
    )
  }

  /** Calls the actor of this name; a failed call is a value. */
  async #attempt<M, T>(
    name: string,
    what: string,
    ask: (actor: Ref<M>) => Promise<T>,
  ): Promise<T | Result<never>> {
    const actor = this.ctx.whereis<M>(name)
    if (actor === undefined) return unavailable(what, `${name} is not running`)
    try {
      return await ask(actor)
    } catch (error) {
      return callFailed(error, what)
    }
  }
}
