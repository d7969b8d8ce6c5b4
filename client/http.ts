/** The HTTP API of a node: conversations, guilds, channels, and messages without a socket. Uses the global `fetch`. */

import type { BodyKind, ConversationKind, Message } from '../protocol/index.ts'
import { ClientError, type ClientErrorCode } from './errors.ts'
import type { Sent } from './events.ts'
import { secureRandom } from './ports.ts'
import { uuidV7 } from './uuid.ts'

const TIMEOUT_MS = 30_000

export interface HttpOptions {
  /** `http://host:4000`; a socket address (`ws://…`) does too. */
  readonly url: string
  readonly token: string | (() => string | Promise<string>)
  readonly fetch?: typeof fetch
}

export interface NewConversation {
  readonly id: string
  readonly kind: ConversationKind
  readonly members: readonly string[]
}

export interface NewGuild {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly channels: readonly { readonly id: string; readonly name: string }[]
}

/** An answer other than 2xx: the server's code and sentence, and the HTTP status (0 if no answer came). */
export class HttpError extends ClientError {
  readonly status: number
  constructor(status: number, code: ClientErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause })
    this.name = 'HttpError'
    this.status = status
  }
}

export type HttpApi = ReturnType<typeof httpApi>

/** The calls. Each throws `HttpError` { code, message, status }; UNAVAILABLE with status 0 if no answer came in 30 s. */
export function httpApi(options: HttpOptions) {
  const call = <T>(method: string, path: string, body?: unknown) => request<T>(options, method, path, body)
  const part = encodeURIComponent
  return {
    /** The 1:1 with `user`; the same one again if it exists. */
    createDm: (user: string) => call<NewConversation>('POST', '/v1/conversations', { kind: 'dm', user }),
    createGroup: (members: readonly string[], title?: string) =>
      call<NewConversation>('POST', '/v1/conversations', { kind: 'group', members, title }),
    conversation: (id: string) =>
      call<NewConversation & { readonly head: number }>('GET', `/v1/conversations/${part(id)}`),
    addMember: (conversation: string, user: string) =>
      call<void>('PUT', `/v1/conversations/${part(conversation)}/members/${part(user)}`),
    removeMember: (conversation: string, user: string) =>
      call<void>('DELETE', `/v1/conversations/${part(conversation)}/members/${part(user)}`),
    createGuild: (name: string) => call<NewGuild>('POST', '/v1/guilds', { name }),
    createChannel: (guild: string, name: string) =>
      call<{ readonly id: string; readonly name: string }>('POST', `/v1/guilds/${part(guild)}/channels`, {
        name,
      }),
    joinGuild: (guild: string, user: string) =>
      call<void>('PUT', `/v1/guilds/${part(guild)}/members/${part(user)}`),
    leaveGuild: (guild: string, user: string) =>
      call<void>('DELETE', `/v1/guilds/${part(guild)}/members/${part(user)}`),
    /** Of someone who shares a conversation or a guild with you. */
    user: (user: string) =>
      call<{ readonly id: string; readonly online: boolean; readonly lastSeen?: number }>(
        'GET',
        `/v1/users/${part(user)}`,
      ),
    messages(
      conversation: string,
      query: { readonly after?: number; readonly before?: number; readonly limit?: number } = {},
    ) {
      const search = new URLSearchParams()
      for (const [key, value] of Object.entries(query)) search.set(key, String(value))
      const path = `/v1/conversations/${part(conversation)}/messages?${search}`
      return call<{ readonly messages: readonly Message[]; readonly more: boolean }>('GET', path)
    },
    /** Pass the `id` of a failed call again to be sure that it counts once. */
    postMessage(
      conversation: string,
      body: string,
      {
        id = uuidV7(Date.now(), secureRandom),
        kind,
      }: { readonly id?: string; readonly kind?: BodyKind } = {},
    ) {
      return call<Sent>('POST', `/v1/conversations/${part(conversation)}/messages`, { id, body, kind })
    },
  }
}

async function request<T>(options: HttpOptions, method: string, path: string, body: unknown): Promise<T> {
  const token = typeof options.token === 'string' ? options.token : await options.token()
  const headers: Record<string, string> = { authorization: `Bearer ${token}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const url = new URL(path, options.url.replace(/^ws/, 'http'))
  const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) }
  let response: Response
  let text: string
  try {
    const answer = (options.fetch ?? fetch)(
      url,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    )
    response = await answer
    text = await response.text()
  } catch (cause) {
    throw new HttpError(0, 'UNAVAILABLE', `Cannot ${method} ${url.pathname}: no answer`, cause)
  }
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T
  throw failure(response.status, text, `${method} ${url.pathname}`)
}

function failure(status: number, text: string, call: string): HttpError {
  try {
    const { code, message } = JSON.parse(text) as { code: ClientErrorCode; message: string }
    if (typeof code === 'string' && typeof message === 'string') return new HttpError(status, code, message)
  } catch {
    // an answer that no Guildhall node gave, such as that of a proxy: told below
  }
  return new HttpError(
    status,
    status >= 500 ? 'UNAVAILABLE' : 'BAD_FRAME',
    `Cannot ${call}: status ${status}`,
  )
}
