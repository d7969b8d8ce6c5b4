/** The rows of the HTTP API's table: which call answers a path, and which status a failure has. */

import type { ErrorCode, Failure } from '../protocol/index.ts'
import type { Context } from '../runtime/index.ts'
import { ApiCall } from './api-call.ts'
import {
  changeMember,
  createConversation,
  getConversation,
  getMessages,
  postMessage,
} from './api-conversations.ts'
import { changeGuildMember, createChannel, createGuild, getGuild } from './api-guilds.ts'
import { ApiError } from './api-input.ts'
import { getUser } from './api-users.ts'
import { storeFailed } from './failures.ts'
import type { ApiRequest, ApiResponse } from './messages.ts'

type Answer = (call: ApiCall, ...ids: string[]) => Promise<ApiResponse>

/** `*` stands for any one part, which the call gets. */
const ROUTES: readonly (readonly [method: ApiRequest['method'], path: string, answer: Answer])[] = [
  ['POST', 'conversations', createConversation],
  ['GET', 'conversations/*', getConversation as Answer],
  ['PUT', 'conversations/*/members/*', changeMember as Answer],
  ['DELETE', 'conversations/*/members/*', changeMember as Answer],
  ['GET', 'conversations/*/messages', getMessages as Answer],
  ['POST', 'conversations/*/messages', postMessage as Answer],
  ['GET', 'users/*', getUser as Answer],
  ['POST', 'guilds', createGuild],
  ['GET', 'guilds/*', getGuild as Answer],
  ['POST', 'guilds/*/channels', createChannel as Answer],
  ['PUT', 'guilds/*/members/*', changeGuildMember as Answer],
  ['DELETE', 'guilds/*/members/*', changeGuildMember as Answer],
]

const STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_FRAME: 400,
  UNKNOWN_OP: 400,
  NOT_IDENTIFIED: 401,
  ALREADY_IDENTIFIED: 400,
  AUTH_FAILED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  CONFLICT: 409,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  SESSION_GONE: 410,
  BAD_CURSOR: 400,
  INTERNAL: 500,
}

/** Answers a request. Failures are answers; a bug is thrown. */
export async function answerRequest(request: ApiRequest, ctx: Context<never>): Promise<ApiResponse> {
  for (const [method, path, answer] of ROUTES) {
    const ids = method === request.method ? match(path.split('/'), request.path) : undefined
    if (ids !== undefined) return settle(answer(new ApiCall(request, ctx), ...ids))
  }
  return failureResponse({
    code: 'NOT_FOUND',
    message: `Cannot ${request.method} this path: there is no such call`,
  })
}

export function failureResponse({ code, message, retryAfterMs }: Failure): ApiResponse {
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { status: STATUS[code], body: { code, message }, ...retry }
}

async function settle(answering: Promise<ApiResponse>): Promise<ApiResponse> {
  try {
    return await answering
  } catch (error) {
    if (error instanceof ApiError) return failureResponse(error.failure)
    return failureResponse(storeFailed(error, 'answer').failure)
  }
}

/** The parts that `*` stands for; undefined when the path is another. */
function match(pattern: readonly string[], path: readonly string[]): string[] | undefined {
  if (pattern.length !== path.length) return undefined
  if (!pattern.every((part, index) => part === '*' || part === path[index])) return undefined
  return path.filter((_part, index) => pattern[index] === '*')
}
