/**
 * api: what the HTTP API asks. Every request is an actor of its own, so a slow one holds up nobody and a bug ends
 * one request, which is then answered with 500.
 *
 * Bounded by `REQUESTS_MAX` requests at a time; beyond, 503 with the time after which to ask again.
 */

import { type AnyRef, type Context, defineActor, type ReplyTo, stop } from '../runtime/index.ts'
import { answerRequest, failureResponse } from './api-route.ts'
import { DONE, overloaded, storeFailed } from './failures.ts'
import type { ApiMsg, ApiRequest, ApiResponse, Result } from './messages.ts'
import { storeService } from './services.ts'

const REQUESTS_MAX = 2_000

interface RequestArg {
  readonly request: ApiRequest
  readonly replyTo: ReplyTo<ApiResponse>
}

const apiRequest = defineActor<RequestArg, { readonly type: 'answer' }, RequestArg>({
  name: 'api-request',
  init(arg, ctx) {
    ctx.send(ctx.self, { type: 'answer' })
    return arg
  },
  async handle({ request, replyTo }, _msg, ctx) {
    ctx.reply(replyTo, await answerRequest(request, ctx))
    return stop()
  },
})

/** Writes a probe; in an actor of its own, as a store in trouble may take its time. */
const storeCheck = defineActor<ReplyTo<Result<null>>, { readonly type: 'check' }, ReplyTo<Result<null>>>({
  name: 'store-check',
  init(replyTo, ctx) {
    ctx.send(ctx.self, { type: 'check' })
    return replyTo
  },
  async handle(replyTo, _msg, ctx) {
    ctx.reply(replyTo, await checkStore(ctx))
    return stop()
  },
})

export const api = defineActor<Map<AnyRef, ReplyTo<ApiResponse>>, ApiMsg>({
  name: 'api',
  async init(_arg, ctx) {
    await ctx.register(`api.${ctx.thread}`)
    return new Map()
  },
  handle(open, msg, ctx) {
    if (msg.type === 'request') {
      const { request, replyTo } = msg
      if (open.size >= REQUESTS_MAX) {
        const { failure } = overloaded('answer', `${REQUESTS_MAX} requests are open already`)
        return ctx.reply(replyTo, failureResponse(failure))
      }
      open.set(ctx.spawn(apiRequest, { request, replyTo }, { monitor: true }), replyTo)
      return
    }
    if (msg.type === 'check') {
      ctx.spawn(storeCheck, msg.replyTo)
      return
    }
    const replyTo = open.get(msg.ref)
    open.delete(msg.ref)
    // After an answer this one vanishes.
    if (replyTo !== undefined && msg.reason !== 'normal') ctx.reply(replyTo, INTERNAL)
  },
})

async function checkStore(ctx: Context<never>): Promise<Result<null>> {
  try {
    await ctx.service(storeService).check()
    return DONE
  } catch (error) {
    return storeFailed(error, 'write a probe')
  }
}

const INTERNAL = failureResponse({ code: 'INTERNAL', message: 'Cannot answer: the request failed inside' })
