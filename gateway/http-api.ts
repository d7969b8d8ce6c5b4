/**
 * HttpApi: the HTTP side of the port. Checks who asks and what comes in; what it means, the actor `api.t` knows.
 *
 * Guarantees: every request gets one answer, errors as `{ code, message }`; bodies are bounded in size and time, answers
 * in time, requests in number. Neither tokens nor bodies get into errors.
 */

import type { ApiMsg, ApiRequest, ApiResponse } from '../actors/index.ts'
import { type Node, RuntimeError } from '../runtime/index.ts'
import type { Authenticator } from './authenticator.ts'
import type { Clock } from './clock.ts'
import type { HttpExchange, HttpFailure } from './http-exchange.ts'
import type { CheckedSettings } from './settings.ts'
import { StoreHealth } from './store-health.ts'
import { isOriginAllowed } from './upgrade.ts'

export interface HttpPorts {
  readonly node: () => Node
  readonly isReady: () => boolean
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>
  /** Where clients connect to, as a request with this Host header sees it. */
  readonly socketUrl: (host: string) => string
}

type Method = ApiRequest['method']
const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE']
const RETRY_AFTER_MS = 1_000
const PREFIX = '/v1/'

/** Thrown to answer a request with it. */
class Refusal extends Error {
  readonly failure: HttpFailure
  constructor(failure: HttpFailure) {
    super(failure.message)
    this.failure = failure
  }
}

export class HttpApi {
  requests = 0
  readonly #settings: CheckedSettings
  readonly #clock: Clock
  readonly #authenticator: Authenticator
  readonly #ports: HttpPorts
  readonly #store: StoreHealth
  #open = 0
  #lastShard = 0

  constructor(settings: CheckedSettings, clock: Clock, authenticator: Authenticator, ports: HttpPorts) {
    this.#settings = settings
    this.#clock = clock
    this.#authenticator = authenticator
    this.#ports = ports
    this.#store = new StoreHealth(settings, clock, ports.node)
  }

  async handle(exchange: HttpExchange): Promise<void> {
    this.requests++
    this.#open++
    try {
      this.#allowOrigin(exchange)
      await this.#answer(exchange)
    } catch (error) {
      if (exchange.isDone) return // the client has gone
      exchange.fail(error instanceof Refusal ? error.failure : this.#fault(error))
    } finally {
      this.#open--
    }
  }

  async #answer(exchange: HttpExchange): Promise<void> {
    const { method, path } = exchange
    if (method === 'OPTIONS') return this.#preflight(exchange)
    const isRead = method === 'GET' || method === 'HEAD' // balancers probe with either
    if (isRead && (path === '/healthz' || path === '/readyz')) return this.#health(exchange)
    if (isRead && path === '/metrics') {
      const { contentType, text } = await this.#ports.metrics()
      exchange.header('Content-Type', contentType)
      return exchange.end(200, text)
    }
    if (path === '/v1/socket') throw new Refusal(noSocket(exchange))
    if (!path.startsWith(PREFIX)) throw notFound()
    if (this.#open > this.#settings.httpRequestsMax) {
      throw refusal(503, 'OVERLOADED', 'too many requests are open', { retryAfterMs: RETRY_AFTER_MS })
    }
    if (method === 'GET' && path === '/v1/gateway') return this.#gateway(exchange)
    if (!METHODS.includes(method)) throw refusal(405, 'NOT_FOUND', 'there is no such method here')
    // Read at once: uWebSockets.js hands the body over before the token is checked.
    const body = method === 'GET' ? undefined : this.#body(exchange)
    body?.catch(() => {}) // looked at below; the token may be refused first
    const user = await this.#user(exchange)
    const request: ApiRequest = {
      user,
      method: method as Method,
      path: pathOf(path),
      query: Object.fromEntries(new URLSearchParams(exchange.query)),
      body: await body,
    }
    const response = await this.#ask(request)
    exchange.retryAfter(response.retryAfterMs)
    if (response.status === 204) exchange.end(204, '')
    else exchange.json(response.status, response.body)
  }

  async #health(exchange: HttpExchange): Promise<void> {
    const lacks = this.#ports.isReady() ? await this.#store.lacks() : 'this node is starting or stopping'
    if (lacks === undefined) return exchange.json(200, { status: 'ok', node: this.#settings.node })
    throw refusal(503, 'UNAVAILABLE', lacks, { retryAfterMs: RETRY_AFTER_MS })
  }

  async #gateway(exchange: HttpExchange): Promise<void> {
    await this.#user(exchange)
    exchange.json(200, { url: this.#ports.socketUrl(exchange.host), node: this.#settings.node })
  }

  async #user({ authorization }: HttpExchange): Promise<string> {
    const match = /^Bearer +(\S+)$/i.exec(authorization)
    if (match === null) throw refusal(401, 'AUTH_FAILED', 'Authorization must be a Bearer token')
    const who = await this.#authenticator.check(match[1] as string)
    if (who.ok) return who.identity.user
    throw new Refusal({ status: who.failure.code === 'AUTH_FAILED' ? 401 : 503, ...who.failure })
  }

  async #body(exchange: HttpExchange): Promise<unknown> {
    const { httpBodyBytesMax, httpBodyMs } = this.#settings
    if (!exchange.isLengthClear)
      throw refusal(400, 'BAD_FRAME', 'Content-Length stands twice', { close: true })
    const tooLarge = refusal(413, 'TOO_LARGE', `more than ${httpBodyBytesMax} bytes`, { close: true })
    if (Number(exchange.contentLength) > httpBodyBytesMax) throw tooLarge
    const late = Promise.withResolvers<never>()
    const cancel = this.#clock.after(httpBodyMs, () =>
      late.reject(refusal(408, 'BAD_FRAME', `the body took more than ${httpBodyMs} ms`, { close: true })),
    )
    // It must settle whatever the client does: a request that never ends would count as open for ever.
    const bytes = await Promise.race([exchange.body(httpBodyBytesMax), late.promise]).finally(cancel)
    if (bytes === undefined) throw tooLarge
    if (bytes.length === 0) return undefined
    if (!/^application\/json\s*(;|$)/i.test(exchange.contentType)) {
      throw refusal(415, 'BAD_FRAME', 'Content-Type must be application/json')
    }
    return parseBody(bytes)
  }

  async #ask(request: ApiRequest): Promise<ApiResponse> {
    const { threads, httpAnswerMs } = this.#settings
    this.#lastShard = (this.#lastShard % threads) + 1
    const node = this.#ports.node()
    const api = node.whereis<ApiMsg>(`api.${this.#lastShard}`)
    if (api === undefined)
      throw refusal(503, 'UNAVAILABLE', 'a part of this node restarts', { retryAfterMs: RETRY_AFTER_MS })
    return node.call(api, { type: 'request', request }, { timeoutMs: httpAnswerMs })
  }

  #fault(error: unknown): HttpFailure {
    if (error instanceof RuntimeError) {
      if (error.code === 'MESSAGE_NOT_PORTABLE' || error.code === 'MESSAGE_TOO_LARGE') {
        return refusal(400, 'BAD_FRAME', 'the body is nested too deep or too large').failure
      }
      this.#settings.log.warn({ code: error.code }, 'an HTTP request found no answer')
      return refusal(503, 'UNAVAILABLE', 'no answer in time', { retryAfterMs: RETRY_AFTER_MS }).failure
    }
    this.#settings.log.error({ error: String(error) }, 'an HTTP request failed')
    return refusal(500, 'INTERNAL', 'an internal fault').failure
  }

  /** None by default: a page of another origin may ask only if that is on the list. */
  #allowOrigin(exchange: HttpExchange): boolean {
    const { origins } = this.#settings
    const { origin, host } = exchange
    if (origins === undefined || origin === '' || !isOriginAllowed(origin, host, origins)) return false
    exchange.header('Access-Control-Allow-Origin', origin)
    exchange.header('Vary', 'Origin')
    return true
  }

  #preflight(exchange: HttpExchange): void {
    const { origins } = this.#settings
    const { origin, host } = exchange
    if (origins === undefined || origin === '' || !isOriginAllowed(origin, host, origins)) {
      throw refusal(403, 'FORBIDDEN', 'this origin is not allowed')
    }
    exchange.header('Access-Control-Allow-Methods', METHODS.join(', '))
    exchange.header('Access-Control-Allow-Headers', 'Authorization, Content-Type')
    exchange.header('Access-Control-Max-Age', '600')
    exchange.end(204, '')
  }
}

function pathOf(path: string): string[] {
  try {
    return path.slice(PREFIX.length).split('/').map(decodeURIComponent)
  } catch {
    throw refusal(400, 'BAD_FRAME', 'the path is not percent-encoded UTF-8')
  }
}

function parseBody(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw refusal(400, 'BAD_FRAME', 'the body is not valid JSON')
  }
}

/** The address of sockets, asked for without a proper upgrade. */
function noSocket({ upgrade, version }: HttpExchange): HttpFailure {
  const isUpgrade = upgrade.toLowerCase() === 'websocket'
  if (isUpgrade && version === '13') {
    return refusal(400, 'BAD_FRAME', 'Sec-WebSocket-Key is missing or malformed').failure
  }
  return refusal(426, 'BAD_FRAME', 'this address takes WebSocket version 13 only').failure
}

function notFound(): Refusal {
  return refusal(404, 'NOT_FOUND', 'there is nothing at this address')
}

function refusal(
  status: number,
  code: HttpFailure['code'],
  fact: string,
  more: Pick<HttpFailure, 'retryAfterMs' | 'close'> = {},
): Refusal {
  return new Refusal({ status, code, message: `Cannot answer the request: ${fact}`, ...more })
}
