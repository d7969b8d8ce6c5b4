/**
 * AdminServer: the node's end of the admin channel: a Unix socket for the owner of the node, and TCP with TLS and tokens
 * by setting.
 *
 * Guarantees: runs on the main thread and asks scheduler threads only bounded questions, so it answers while they hang.
 * When the default socket cannot be opened the node runs without one and says so in its log; what was set on purpose must
 * work, or the node does not start. Whoever comes in is the matter of a `Door`.
 */

import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { type Access, ownerAccess, TokenAccess } from './access.ts'
import { actorCommands } from './actor-commands.ts'
import type { AdminNode } from './admin-node.ts'
import { AuditLog } from './audit.ts'
import { chatCommands } from './chat-commands.ts'
import { ADMIN_SOCKET } from './contract.ts'
import { Desk } from './desk.ts'
import { Door } from './door.ts'
import { nodeCommands } from './node-commands.ts'
import { RefusedAttempts } from './refused-attempts.ts'
import { streamCommands } from './stream-commands.ts'
import { forgetLooks } from './top.ts'
import { listenUnix } from './unix-listener.ts'
import { writeCommands } from './write-commands.ts'

/** For the TLS of a connection to come about; it takes a place meanwhile. */
const HANDSHAKE_MS_MAX = 5_000

export class AdminServer {
  readonly #admin: AdminNode
  readonly #desk: Desk
  readonly #refused: RefusedAttempts
  readonly #doors: Door[] = []
  #lastConnection = 0
  #port: number | undefined

  constructor(admin: AdminNode) {
    const { settings, clock } = admin
    this.#admin = admin
    const audit = new AuditLog(settings.data, settings.log)
    this.#refused = new RefusedAttempts(clock, settings.log, audit)
    this.#desk = new Desk({
      calls: {
        ...nodeCommands(admin),
        ...actorCommands(admin),
        ...chatCommands(admin),
        ...writeCommands(admin),
      },
      streams: streamCommands(admin),
      clock,
      audit,
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
    await Promise.all(this.#doors.map((door) => door.stop()))
    await this.#admin.store.stop()
  }

  async #openSocket(): Promise<void> {
    const { path } = this
    if (path === undefined) return
    const { settings } = this.#admin
    const access = ownerAccess(settings.adminSocketWrites)
    const door = this.#door(false, () => access)
    const server = createServer(door.take)
    door.guard(server)
    try {
      await listenUnix(server, path)
      this.#doors.push(door)
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
      handshakeTimeout: HANDSHAKE_MS_MAX,
    } as const
    const door = this.#door(true, () => new TokenAccess(this.#admin.authenticator))
    const server = tlsServer(options, door.take)
    door.guard(server)
    await listen(server, adminHost, adminPort)
    this.#doors.push(door)
    const address = server.address()
    this.#port = typeof address === 'object' && address !== null ? address.port : undefined
  }

  #door(isStrict: boolean, access: () => Access): Door {
    const { clock, settings } = this.#admin
    return new Door({
      ...{ isStrict, access, desk: this.#desk, clock, log: settings.log, refused: this.#refused },
      nextNumber: () => ++this.#lastConnection,
      onClose: (connection) => forgetLooks(this.#admin, connection),
    })
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
