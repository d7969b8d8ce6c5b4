/**
 * HttpExchange: one request and its one answer. Whatever happens to the connection meanwhile, nothing is written to it
 * after its end.
 */

import type { HttpRequest, HttpResponse } from 'uWebSockets.js'
import type { ErrorCode } from '../protocol/index.ts'

const STATUS_TEXTS: { readonly [status: number]: string } = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Why a request gets no answer from an actor. */
export interface HttpFailure {
  readonly status: number
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterMs?: number | undefined
  /** The rest of the request is not read. */
  readonly close?: boolean
}

export class HttpExchange {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly authorization: string
  readonly contentType: string
  readonly contentLength: string
  readonly origin: string
  readonly host: string
  readonly upgrade: string
  readonly version: string
  readonly #res: HttpResponse
  readonly #headers: [string, string][] = []
  #done = false
  #onAborted: (() => void) | undefined

  constructor(res: HttpResponse, req: HttpRequest) {
    this.#res = res
    this.method = req.getCaseSensitiveMethod()
    this.path = req.getUrl()
    this.query = req.getQuery() ?? ''
    this.authorization = req.getHeader('authorization')
    this.contentType = req.getHeader('content-type')
    this.contentLength = req.getHeader('content-length')
    this.origin = req.getHeader('origin')
    this.host = req.getHeader('host')
    this.upgrade = req.getHeader('upgrade')
    this.version = req.getHeader('sec-websocket-version')
    res.onAborted(() => {
      this.#done = true
      this.#onAborted?.()
    })
  }

  get isDone(): boolean {
    return this.#done
  }

  /** A header of the answer, whatever it will be. */
  header(name: string, value: string): void {
    this.#headers.push([name, value])
  }

  json(status: number, body: unknown, close = false): void {
    this.header('Content-Type', 'application/json')
    this.end(status, body === undefined ? '' : JSON.stringify(body), close)
  }

  fail({ status, code, message, retryAfterMs, close = false }: HttpFailure): void {
    if (status === 401) this.header('WWW-Authenticate', 'Bearer')
    this.retryAfter(retryAfterMs)
    this.json(status, { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }, close)
  }

  retryAfter(retryAfterMs: number | undefined): void {
    if (retryAfterMs !== undefined) this.header('Retry-After', String(Math.ceil(retryAfterMs / 1_000)))
  }

  end(status: number, body: string, close = false): void {
    if (this.#done) return
    this.#done = true
    const res = this.#res
    res.cork(() => {
      res.writeStatus(`${status} ${STATUS_TEXTS[status] ?? 'Unknown'}`)
      for (const [name, value] of this.#headers) res.writeHeader(name, value)
      // Never `endWithoutBody(length)`: uWebSockets.js then waits for a body that does not come, and the connection hangs.
      if (this.method === 'HEAD') res.writeHeader('Content-Length', String(Buffer.byteLength(body)))
      if (status === 204 || this.method === 'HEAD') res.endWithoutBody()
      else res.end(body, close)
    })
  }

  /** The whole body; undefined when it is longer than `bytesMax`. Never settles when the client goes away. */
  body(bytesMax: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = []
      let bytes = 0
      this.#onAborted = () => chunks.splice(0)
      this.#res.onData((chunk, isLast) => {
        bytes += chunk.byteLength
        if (bytes > bytesMax) {
          chunks.splice(0)
          resolve(undefined)
          return
        }
        chunks.push(Buffer.from(chunk.slice(0)))
        if (isLast) resolve(Buffer.concat(chunks))
      })
    })
  }
}
