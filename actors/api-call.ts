/** ApiCall: one request of the HTTP API with all that answering it needs. */

import type { Context, Ref, ReplyOf, RequestTo } from '../runtime/index.ts'
import type { Store } from '../storage/index.ts'
import { callFailed, unavailable } from './failures.ts'
import type { ApiRequest, ConversationRequest, GuildRequest, Result } from './messages.ts'
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
    return this.#ask<ConversationRequest, Type>('conversations', request)
  }

  /** Asks the owner of a guild. */
  askGuild<Type extends GuildRequest['type']>(
    request: RequestTo<GuildRequest> & { readonly type: Type; readonly key: string },
  ): Promise<ReplyOf<GuildRequest, Type> | Result<never>> {
    return this.#ask<GuildRequest, Type>('guilds', request)
  }

  async #ask<M, Type extends string>(
    router: string,
    request: RequestTo<M> & { readonly type: Type; readonly key: string },
  ): Promise<ReplyOf<M, Type> | Result<never>> {
    const name = `${router}.${shardOf(request.key, this.threads)}`
    const what = `ask the owner of ${request.key}`
    const owner: Ref<M> | undefined = this.ctx.whereis<M>(name)
    if (owner === undefined) return unavailable(what, `${name} is not running`)
    try {
      return await this.ctx.call<M, Type>(owner, request)
    } catch (error) {
      return callFailed(error, what)
    }
  }
}
