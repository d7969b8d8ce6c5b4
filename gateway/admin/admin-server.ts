/**
 * AdminServer: the node's end of the admin channel: a Unix socket for the owner of the node, and TCP with TLS and tokens
 * by setting.
 *
 * Guarantees: runs on the main thread and asks scheduler threads only bounded questions, so it answers while they hang.
 * At most `CONNECTIONS_MAX` connections. When the default socket cannot be opened the node runs without one and says so
 * in its log; what was set on purpose must work, or the node does not start.
 */

import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { type Access, ownerAccess, TokenAccess } from './access.ts'
import { actorCommands } from './actor-commands.ts'
import type { AdminNode } from './admin-node.ts'
import { AuditLog } from './audit.ts'
import { Budget } from './budget.ts'
import { Channel } from './channel.ts'
import { chatCommands } from './chat-commands.ts'
import { ADMIN_SOCKET } from './contract.ts'
import { Desk } from './desk.ts'
import { nodeCommands } from './node-commands.ts'
import { Pace } from './pace.ts'
import { streamCommands } from './stream-commands.ts'
import { forgetLooks } from './top.ts'
import { listenUnix } from './unix-listener.ts'
import { writeCommands } from './write-commands.ts'

/** Of each listener, so that strangers on the port cannot keep the owner off his socket. */
const CONNECTIONS_MAX = 32
/** 1% of a thread in all. A pause of 40 s saves up the burst: some hundred trees of 15,000 sessions. */
const BUDGET = { part: 0.008, burstMs: 400 }
/** For what must be answered when the rest is used up. */
const ALWAYS = { part: 0.002, burstMs: 100 }
const BUSY = {
  v: 1,
  id: 0,
  ok: false,
  error: {
    code: 'BUSY',
    message: `Cannot answer: ${CONNECTIONS_MAX} connections are open already`,
    retryAfterMs: 1_000,
  },
}

/** Where operators come in, with all that came in there. */
interface Door {
  readonly channels: Set<Channel>
  readonly pace: Pace
  readonly isStrict: boolean
  readonly access: () => Access
}

export class AdminServer {
  readonly #admin: AdminNode
  readonly #desk: Desk
  readonly #servers: Server[] = []
  readonly #doors: Door[] = []
  #lastConnection = 0
  #port: number | undefined

  constructor(admin: AdminNode) {
    const { settings, clock } = admin
    this.#admin = admin
    this.#desk = new Desk({
      calls: {
        ...nodeCommands(admin),
        ...actorCommands(admin),
        ...chatCommands(admin),
        ...writeCommands(admin),
      },
      streams: streamCommands(admin),
      budget: new Budget(clock, BUDGET),
      always: new Budget(clock, ALWAYS),
      audit: new AuditLog(settings.data, settings.log),
      log: settings.log,
    })
  }

  /** The path of the Unix socket; undefined when there is none. */
  get path(): string | undefined {
    const { adminSocket, data } = this.#admin.settings
    if (adminSocket === 'off') return undefined
    return adminSocket ?? (data === undefined ? undefined : join(data, ADMIN_SOCKET))
  }

  /** The TCP port; undefined when there is none. */
  get port(): number | undefined {
    return this.#port
  }

  /** @throws Error naming the socket, the port or the file that does not do. */
  async start(): Promise<void> {
    await this.#openSocket()
    await this.#openPort()
  }

  async stop(): Promise<void> {
    for (const { channels } of this.#doors) for (const channel of channels) channel.stop()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
    await this.#admin.store.stop()
  }

  async #openSocket(): Promise<void> {
    const { path } = this
    if (path === undefined) return
    const { settings } = this.#admin
    const access = ownerAccess(settings.adminSocketWrites)
    const door = this.#door(false, () => access)
    const server = createServer((socket) => this.#take(socket, door))
    try {
      await listenUnix(server, path)
      this.#servers.push(server)
    } catch (error) {
      if (settings.adminSocket !== undefined) throw error
      settings.log.warn({ error: (error as Error).message }, 'operators cannot reach this node')
    }
  }

  async #openPort(): Promise<void> {
    const { adminPort, adminHost, adminTls, tls } = this.#admin.settings
    const files = adminTls ?? tls
    if (adminPort === undefined) return
    if (files === undefined) {
      throw new Error('Cannot open the admin port: it needs a certificate; set adminTls or tls')
    }
    const options = {
      cert: readFileSync(files.certFile),
      key: readFileSync(files.keyFile),
      minVersion: 'TLSv1.2',
    } as const
    const door = this.#door(true, () => new TokenAccess(this.#admin.authenticator))
    const server = tlsServer(options, (socket) => this.#take(socket, door))
    server.maxConnections = CONNECTIONS_MAX * 2
    await listen(server, adminHost, adminPort)
    this.#servers.push(server)
    const address = server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : undefined
  }

  #door(isStrict: boolean, access: () => Access): Door {
    const door: Door = { channels: new Set(), pace: new Pace(this.#admin.clock), isStrict, access }
    this.#doors.push(door)
    return door
  }

  #take(socket: Socket, { channels, pace, isStrict, access }: Door): void {
    if (channels.size >= CONNECTIONS_MAX) {
      socket.on('error', () => {})
      // Whatever it sends is read and forgotten, or its end would never be seen.
      socket.resume().write(`${JSON.stringify(BUSY)}\n`)
      socket.destroySoon()
      return
    }
    const number = ++this.#lastConnection
    const onClose = (): void => {
      channels.delete(channel)
      forgetLooks(this.#admin, number)
    }
    const options = { number, socket, access: access(), desk: this.#desk, isStrict, pace, onClose }
    const channel = new Channel(options)
    channels.add(channel)
  }
}

function tlsServer(options: TlsOptions, take: (socket: Socket) => void): Server {
  try {
    return createTlsServer(options, take)
  } catch {
    // Without the cause: its text may hold part of the key.
    throw new Error('Cannot open the admin port: its certificate or key cannot be used')
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`Cannot open the admin port ${host}:${port}: ${error.message}`)),
    )
    server.listen(port, host, resolve)
  })
}
