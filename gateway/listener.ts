/**
 * Listener: the app of uWebSockets.js with its routes, and its listening socket, which can be closed and opened again.
 *
 * uWebSockets.js itself refuses HTTP/1.0, broken frames and headers that are too long, and closes a connection whose
 * request is not complete after 10 to 12 s. It cannot be asked to do so after 2 s: a connection without a request has no
 * identity that survives until its first request, so a timer could not know which one to close.
 */

import {
  App,
  type HttpRequest,
  type HttpResponse,
  SSLApp,
  type TemplatedApp,
  type us_listen_socket,
  us_listen_socket_close,
  us_socket_local_port,
} from 'uWebSockets.js'
import type { Capacity } from './capacity.ts'
import { type Clock, systemClock } from './clock.ts'
import type { SocketData } from './connection.ts'
import type { Gateway } from './gateway.ts'
import type { HttpApi } from './http-api.ts'
import { HttpExchange } from './http-exchange.ts'
import type { CheckedSettings } from './settings.ts'
import { checkUpgrade } from './upgrade.ts'

/** uWebSockets.js cuts the connection beyond this, without a word; up to here the client is told TOO_LARGE. */
const PAYLOAD_FACTOR = 2
const RETRY_AFTER_MS = 5_000
const LISTEN_AGAIN_MS = 500
/** LIBUS_LISTEN_EXCLUSIVE_PORT: two servers on one port must not share it without knowing. */
const EXCLUSIVE_PORT = 1
/** SHARED_COMPRESSOR and SHARED_DECOMPRESSOR; the types of the package lack their values. */
const SHARED_COMPRESSION = 1 | (1 << 8)

export interface ListenerPorts {
  readonly gateway: Gateway
  readonly api: HttpApi
  readonly capacity: () => Capacity
  /** Not while starting, draining, or overloaded. */
  readonly takesSockets: () => boolean
}

export class Listener {
  readonly app: TemplatedApp
  readonly #settings: CheckedSettings
  readonly #ports: ListenerPorts
  readonly #clock: Clock
  #listening: us_listen_socket | undefined
  #cancelRetry: (() => void) | undefined
  #port = 0

  constructor(settings: CheckedSettings, ports: ListenerPorts, clock: Clock = systemClock) {
    const { tls } = settings
    this.#clock = clock
    this.#settings = settings
    this.#ports = ports
    this.app =
      tls === undefined ? App() : SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile })
    this.#addRoutes()
  }

  get port(): number {
    return this.#port
  }

  /** @throws Error when the port is taken or not allowed. */
  listen(): void {
    if (this.#listening !== undefined) return
    const { host } = this.#settings
    const port = this.#port === 0 ? this.#settings.port : this.#port
    // The types leave this overload out.
    const app = this.app as unknown as {
      listen(
        host: string,
        port: number,
        options: number,
        done: (socket: us_listen_socket | false) => void,
      ): void
    }
    let socket: us_listen_socket | false = false
    app.listen(host, port, EXCLUSIVE_PORT, (opened) => {
      socket = opened
    })
    if (socket === false) throw new Error(`Cannot listen on ${host}:${port}: it is taken or not allowed`)
    this.#listening = socket
    this.#port = us_socket_local_port(socket)
  }

  /** After a pause. Somebody else may have the port by now, if only for a connection from it: then again a little later. */
  listenAgain(): void {
    this.#cancelRetry = undefined
    try {
      this.listen()
    } catch (error) {
      this.#settings.log.error({ error: String(error) }, 'cannot listen again, will retry')
      this.#cancelRetry = this.#clock.after(LISTEN_AGAIN_MS, () => this.listenAgain())
    }
  }

  pause(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    if (this.#listening === undefined) return
    us_listen_socket_close(this.#listening)
    this.#listening = undefined
  }

  /** Cuts off whatever is still open. */
  close(): void {
    this.pause()
    this.app.close()
  }

  #addRoutes(): void {
    const { gateway, api, capacity } = this.#ports
    const { frameBytesMax, bufferSoftBytes, deflate } = this.#settings
    this.app
      .filter((_, count) => capacity().request(count))
      .ws<SocketData>('/v1/socket', {
        maxPayloadLength: frameBytesMax * PAYLOAD_FACTOR,
        maxBackpressure: bufferSoftBytes,
        idleTimeout: 0,
        sendPingsAutomatically: false,
        compression: deflate ? SHARED_COMPRESSION : 0,
        upgrade: (res, req, context) => this.#upgrade(res, req, context),
        open: (socket) => {
          capacity().socketOpened()
          gateway.opened(socket)
        },
        message: (socket, message, isBinary) =>
          gateway.received(socket.getUserData().connection, message, isBinary),
        ping: (socket) => gateway.alive(socket.getUserData().connection),
        pong: (socket) => gateway.alive(socket.getUserData().connection),
        dropped: (socket, message) =>
          gateway.outbox.dropped(socket.getUserData().connection, new Uint8Array(message)),
        drain: (socket) => gateway.connections.drained(socket.getUserData().connection),
        close: (socket, code) => {
          capacity().socketClosed()
          gateway.connections.closed(socket.getUserData().connection, code)
        },
      })
      .any('/*', (res, req) => void api.handle(new HttpExchange(res, req)))
  }

  #upgrade(res: HttpResponse, req: HttpRequest, context: Parameters<HttpResponse['upgrade']>[4]): void {
    const key = req.getHeader('sec-websocket-key')
    const answer = checkUpgrade(
      {
        key,
        version: req.getHeader('sec-websocket-version'),
        protocols: req.getHeader('sec-websocket-protocol'),
        origin: req.getHeader('origin'),
        host: req.getHeader('host'),
      },
      this.#settings.origins,
    )
    if (!answer.ok) {
      const { status, message } = answer
      const exchange = new HttpExchange(res, req)
      if (status === 426) exchange.header('Sec-WebSocket-Version', '13')
      return exchange.fail({ status, code: status === 403 ? 'FORBIDDEN' : 'BAD_FRAME', message, close: true })
    }
    if (!this.#ports.takesSockets() || this.#ports.capacity().isFull)
      return unavailable(new HttpExchange(res, req))
    const connection = this.#ports.gateway.newConnection(answer.subprotocol === 'guildhall.v1.msgpack')
    const extensions = this.#settings.deflate ? req.getHeader('sec-websocket-extensions') : ''
    res.upgrade({ connection }, key, answer.echo, extensions, context)
  }
}

function unavailable(exchange: HttpExchange): void {
  exchange.fail({
    status: 503,
    code: 'UNAVAILABLE',
    message: 'Cannot open a socket: this node drains, is full or overloaded',
    retryAfterMs: RETRY_AFTER_MS,
    close: true,
  })
}
