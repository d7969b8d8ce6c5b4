/** The HTTP API as a test speaks it: one call, the status and the parsed body. */

import { tokenOf } from './tokens.ts'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Headers
}

export class Http {
  readonly #url: string
  readonly #token: string | undefined

  constructor(url: string, token?: string) {
    this.#url = url.replace(/^ws/, 'http')
    this.#token = token
  }

  static of(url: string, user: string, tenant?: string): Http {
    return new Http(url, tokenOf(user, tenant))
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path)
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.call('POST', path, JSON.stringify(body))
  }

  put(path: string): Promise<Answer> {
    return this.call('PUT', path)
  }

  delete(path: string): Promise<Answer> {
    return this.call('DELETE', path)
  }

  async call(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(10_000),
    })
    const content = await response.text()
    const json = response.headers.get('content-type')?.includes('json') === true
    return {
      status: response.status,
      body: json ? (JSON.parse(content) as Record<string, unknown>) : { text: content },
      headers: response.headers,
    }
  }

  /** The id of a new thing. @throws Error when the answer is not 201 (or 200, for a dm that exists). */
  async #created(path: string, body: unknown): Promise<string> {
    const answer = await this.post(path, body)
    if (answer.status === 201 || answer.status === 200) return answer.body.id as string
    throw new Error(`Cannot create at ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }

  dm(user: string): Promise<string> {
    return this.#created('/v1/conversations', { kind: 'dm', user })
  }

  group(members: readonly string[]): Promise<string> {
    return this.#created('/v1/conversations', { kind: 'group', members })
  }

  /** A guild with its first channel. */
  async guild(name: string): Promise<{ id: string; channel: string }> {
    const { status, body } = await this.post('/v1/guilds', { name })
    const channels = body.channels as readonly { readonly id: string }[] | undefined
    const channel = channels?.[0]?.id
    if (status !== 201 || channel === undefined) throw new Error(`Cannot create a guild: ${status}`)
    return { id: body.id as string, channel }
  }
}
