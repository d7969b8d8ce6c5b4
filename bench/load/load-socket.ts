/**
 * LoadSocket: one WebSocket client of the load generator, over a bare TCP socket.
 *
 * Speaks what the protocol needs and no more: masked frames out, whole unfragmented frames in, pongs. All sockets of a process
 * share one receive buffer and one set of handlers, so a socket costs about 2 KB and a received frame no allocation; a library's
 * client costs several times that and would measure itself.
 */
import { connect, type Socket } from 'node:net'
import { encodeFrame, OPCODE, readFrames } from './frames.ts'
import type { Source } from './sources.ts'

/** The handlers are called with the socket, so one set serves all. A frame is valid during the call only. */
export interface LoadSocketEvents {
  onFrame(socket: LoadSocket, bytes: Buffer, from: number, to: number): void
  /** `code` is 1006 when the socket ended without a close frame, and the HTTP status when the upgrade was refused. */
  onClose(socket: LoadSocket, code: number): void
}

export interface LoadSocketOptions {
  readonly host: string
  readonly port: number
  /** Default the system's choice. */
  readonly source?: Source | undefined
  readonly path: string
  readonly subprotocol?: string | undefined
  /** Number of the caller's own. */
  readonly index: number
}

/** libuv reads at most so much at once. */
const RECEIVE_BUFFER = Buffer.allocUnsafeSlow(65_536)
const KEY = Buffer.alloc(16, 'load').toString('base64')
const ABNORMAL = 1006
const NO_STATUS = 1005

type Owned = Socket & { owner: LoadSocket }

export class LoadSocket {
  declare readonly index: number
  /** Number of what it connects from. */
  declare readonly source: number | undefined
  /** Of the caller's own: how far this socket is. */
  declare phase: number
  declare private readonly events: LoadSocketEvents
  declare private readonly socket: Owned
  /** The start of a frame, or of the answer to the upgrade, that has not come whole. */
  declare private rest: Buffer | undefined
  declare private open: boolean
  declare private closeCode: number

  constructor(options: LoadSocketOptions, events: LoadSocketEvents) {
    this.index = options.index
    this.phase = 0
    this.source = options.source?.number
    this.events = events
    this.rest = undefined
    this.open = false
    this.closeCode = ABNORMAL
    const { source } = options
    this.socket = connect({
      host: options.host,
      port: options.port,
      ...(source !== undefined && { localAddress: source.address, localPort: source.port }),
      noDelay: true,
      onread: { buffer: RECEIVE_BUFFER, callback: onRead },
    }) as Owned
    this.socket.owner = this
    this.socket.on('error', ignore) // 'close' follows
    this.socket.on('close', onClose)
    this.socket.write(upgradeRequest(options), 'latin1')
  }

  /** Several frames of one moment leave in one system call. */
  send(payloads: readonly (string | Uint8Array)[]): void {
    const frames = payloads.map((payload) =>
      typeof payload === 'string'
        ? encodeFrame(OPCODE.text, Buffer.from(payload))
        : encodeFrame(OPCODE.binary, payload),
    )
    this.socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames))
  }

  /** Stops reading what the server sends, until `resume`. */
  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** Ends the TCP connection without a word. */
  destroy(): void {
    this.socket.destroy()
  }

  /** As `destroy`, with a reset: nothing of the connection stays in the kernel. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** For this file only: called by the one reader of all sockets. */
  received(length: number): void {
    if (this.rest === undefined && this.open) return this.read(RECEIVE_BUFFER, length)
    const fresh = RECEIVE_BUFFER.subarray(0, length)
    const bytes = this.rest === undefined ? fresh : Buffer.concat([this.rest, fresh])
    this.rest = undefined
    if (this.open) this.read(bytes, bytes.length)
    else this.readUpgrade(bytes)
  }

  /** For this file only. */
  closed(): void {
    this.events.onClose(this, this.closeCode)
  }

  private readUpgrade(bytes: Buffer): void {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) {
      this.rest = Buffer.from(bytes)
      return
    }
    const status = Number(bytes.toString('latin1', 9, 12))
    if (status !== 101) {
      this.closeCode = status
      this.socket.destroy()
      return
    }
    this.open = true
    const first = bytes.subarray(end + 4)
    this.read(first, first.length)
  }

  private read(bytes: Buffer, length: number): void {
    const used = readFrames(bytes, length, (opcode, from, start, stop) =>
      this.frame(opcode, from, start, stop),
    )
    // A copy: the buffer is everybody's.
    if (used < length) this.rest = Buffer.from(bytes.subarray(used, length))
  }

  private frame(opcode: number, bytes: Buffer, from: number, to: number): void {
    if (opcode === OPCODE.text || opcode === OPCODE.binary) this.events.onFrame(this, bytes, from, to)
    else if (opcode === OPCODE.ping)
      this.socket.write(encodeFrame(OPCODE.pong, Buffer.from(bytes.subarray(from, to))))
    else if (opcode === OPCODE.close) {
      this.closeCode = to - from >= 2 ? bytes.readUInt16BE(from) : NO_STATUS
      this.socket.end()
    }
  }
}

function onRead(this: unknown, length: number): boolean {
  ;(this as Owned).owner.received(length)
  return true
}

function onClose(this: Socket): void {
  ;(this as Owned).owner.closed()
}

function ignore(): void {}

function upgradeRequest({ host, port, path, subprotocol }: LoadSocketOptions): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n` +
    (subprotocol === undefined ? '\r\n' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`)
  )
}
