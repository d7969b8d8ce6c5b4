/**
 * LoadSocket: one WebSocket client of the load generator, over a bare TCP socket.
 *
 * Speaks what the protocol needs and no more: masked text frames out, whole unfragmented frames in, pongs. Costs about 3 KB per
 * socket; a library's client costs several times that and would measure itself.
 */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

const TEXT = 0x81
const OPCODE_TEXT = 1
const OPCODE_CLOSE = 8
const OPCODE_PING = 9
const PONG = 0x8a
const EMPTY = Buffer.alloc(0)
/** All zero: the payload goes out as it is. The server unmasks either way, so its work is the same. */
const MASK = Buffer.alloc(4)

export interface LoadSocketEvents {
  onFrame(text: string): void
  /** `code` is 1006 when the socket ended without a close frame. */
  onClose(code: number): void
}

export class LoadSocket {
  readonly #socket: Socket
  readonly #events: LoadSocketEvents
  #rest: Buffer = EMPTY
  #open = false
  #closeCode = 1006

  constructor(options: { host: string; port: number; localAddress?: string }, events: LoadSocketEvents) {
    this.#events = events
    this.#socket = connect({ ...options, noDelay: true })
    this.#socket.on('data', (data: Buffer) => this.#onData(data))
    this.#socket.on('error', () => {}) // 'close' follows
    this.#socket.on('close', () => this.#events.onClose(this.#closeCode))
    const key = randomBytes(16).toString('base64')
    this.#socket.write(
      `GET /v1/socket HTTP/1.1\r\nHost: ${options.host}:${options.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: guildhall.v1.json\r\n\r\n`,
    )
  }

  /** Several frames of one moment leave in one system call. */
  send(texts: readonly string[]): void {
    this.#socket.write(Buffer.concat(texts.map((text) => framed(TEXT, Buffer.from(text)))))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #onData(data: Buffer): void {
    let bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    if (!this.#open) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) {
        this.#rest = bytes
        return
      }
      if (!bytes.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) {
        this.#socket.destroy()
        return
      }
      this.#open = true
      bytes = bytes.subarray(end + 4)
    }
    const used = this.#readFrames(bytes)
    // A copy: a view would keep the whole read buffer alive.
    this.#rest = used === bytes.length ? EMPTY : Buffer.from(bytes.subarray(used))
  }

  /** Returns how many bytes made whole frames. */
  #readFrames(bytes: Buffer): number {
    let at = 0
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] as number) & 0x7f
      const header = short < 126 ? 2 : short === 126 ? 4 : 10
      if (bytes.length - at < header) break
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
      if (bytes.length - at < header + length) break
      this.#onFrame((bytes[at] as number) & 0x0f, bytes.subarray(at + header, at + header + length))
      at += header + length
    }
    return at
  }

  #onFrame(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE_TEXT) this.#events.onFrame(payload.toString('utf8'))
    else if (opcode === OPCODE_PING) this.#socket.write(framed(PONG, payload))
    else if (opcode === OPCODE_CLOSE) {
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      this.#socket.end()
    }
  }
}

function framed(first: number, payload: Buffer): Buffer {
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([first, 0x80 | length]), MASK, payload])
  const header = Buffer.alloc(length < 65_536 ? 4 : 10)
  header[0] = first
  if (length < 65_536) {
    header[1] = 0x80 | 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 0x80 | 127
    header.writeUInt32BE(length, 6)
  }
  return Buffer.concat([header, MASK, payload])
}
