/**
 * Door: where operators come in: all connections of one listener.
 *
 * Guarantees
 * - At most `CONNECTIONS_MAX` channels; of each listener, so that strangers on the port cannot keep the owner off his
 *   socket. When all are taken, the one that has asked nothing for the longest, `IDLE_MS` at least, makes room: tools
 *   that hang or were forgotten keep nobody out.
 * - Who finds no room is told so, whatever he has sent meanwhile.
 * - On a strict door at most `STRANGERS_MAX` whom nobody has let in yet, those in their TLS handshake included: the one
 *   who has waited longest makes room for the next. Silent strangers keep nobody out.
 * - `stop` ends within `CLOSE_MS`, whatever the other ends do, and lets nobody in afterwards.
 */

import type { Server, Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Log } from '../settings.ts'
import type { Access } from './access.ts'
import { Channel } from './channel.ts'
import { ANSWER_BYTES_MAX } from './contract.ts'
import type { Desk } from './desk.ts'
import { Pace, STRANGERS } from './pace.ts'
import type { RefusedAttempts } from './refused-attempts.ts'

const CONNECTIONS_MAX = 32
const STRANGERS_MAX = 8
const IDLE_MS = 2 * 60_000
/** Written and not read, of all channels together. */
const UNREAD_BYTES_MAX = 4 * ANSWER_BYTES_MAX
const KEEP_ALIVE_MS = 30_000
/** Channels have ended themselves by then. */
const CLOSE_MS = 1_500
/** For the end of a connection that was refused to have read why. */
const REFUSED_MS = 1_000
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

export interface DoorOptions {
  /** Whoever comes is a stranger until a token lets him in. */
  readonly isStrict: boolean
  readonly access: () => Access
  readonly desk: Desk
  readonly clock: Clock
  readonly log: Log
  readonly refused: RefusedAttempts
  /** Numbers of connections are of all doors. */
  readonly nextNumber: () => number
  readonly onClose: (connection: number) => void
}

export class Door {
  readonly #options: DoorOptions
  readonly #channels = new Set<Channel>()
  /** As they were accepted, below TLS. */
  readonly #sockets = new Set<Socket>()
  /** By address and port of the other end, oldest first. */
  readonly #strangers = new Map<string, Socket>()
  readonly #pace: Pace
  readonly #strangersPace: Pace
  #server: Server | undefined
  #isStopping = false

  constructor(options: DoorOptions) {
    const { clock, isStrict } = options
    this.#options = options
    this.#pace = new Pace(clock)
    this.#strangersPace = isStrict ? new Pace(clock, STRANGERS) : this.#pace
  }

  /** Of a server that calls `take` with what has come in, behind TLS if it has it. */
  guard(server: Server): void {
    this.#server = server
    server.maxConnections = 2 * CONNECTIONS_MAX
    server.on('connection', (socket: Socket) => this.#arrive(socket))
  }

  readonly take = (socket: Socket): void => {
    if (this.#isStopping) {
      socket.destroy()
      return
    }
    if (this.#channels.size >= CONNECTIONS_MAX && !this.#makeRoom()) return refuse(socket)
    const { access, nextNumber, onClose, ...options } = this.#options
    const number = nextNumber()
    const place = placeOf(socket)
    const channel = new Channel({
      ...options,
      ...{ number, socket, access: access(), pace: this.#pace, strangersPace: this.#strangersPace },
      hasRoom: (bytes) => this.#unread() + bytes <= UNREAD_BYTES_MAX,
      onIn: () => this.#strangers.delete(place),
      onClose: () => {
        this.#channels.delete(channel)
        onClose(number)
      },
    })
    this.#channels.add(channel)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    const closed = new Promise((resolve) => this.#server?.close(resolve))
    for (const socket of this.#strangers.values()) socket.destroy()
    for (const channel of this.#channels) channel.stop()
    const deadline = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, CLOSE_MS)
    await closed
    clearTimeout(deadline)
  }

  #arrive(socket: Socket): void {
    if (this.#isStopping) {
      socket.destroy()
      return
    }
    const place = placeOf(socket)
    this.#sockets.add(socket)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#strangers.delete(place)
    })
    if (!this.#options.isStrict) return
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    const [longest] = this.#strangers.values()
    if (longest !== undefined && this.#strangers.size >= STRANGERS_MAX) longest.destroy()
    this.#strangers.set(place, socket)
  }

  /** False when nobody has been idle for long. */
  #makeRoom(): boolean {
    let longest: Channel | undefined
    let sinceMs = this.#options.clock.nowMs() - IDLE_MS
    for (const channel of this.#channels) {
      const { idleSinceMs = Number.POSITIVE_INFINITY } = channel
      if (idleSinceMs > sinceMs) continue
      longest = channel
      sinceMs = idleSinceMs
    }
    longest?.stop()
    return longest !== undefined
  }

  #unread(): number {
    let bytes = 0
    for (const { unreadBytes } of this.#channels) bytes += unreadBytes
    return bytes
  }
}

function refuse(socket: Socket): void {
  socket.on('error', () => {})
  // Whatever it sends is read and forgotten: a write that meets a closed end would take what it has not read from it.
  socket.resume().end(`${JSON.stringify(BUSY)}\n`)
  setTimeout(() => socket.destroy(), REFUSED_MS).unref()
}

/** What a connection and the TLS upon it have in common. */
function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}
