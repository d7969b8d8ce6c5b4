/**
 * TestClient: a WebSocket client over a bare TCP socket, for tests that break rules: it can stop reading, send any bytes
 * as frames, and leave pings unanswered. Collects frames and hands them out by `op`.
 */

import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { codecOf, type ServerFrame, type ServerFrameOf, type ServerOp } from '../protocol/index.ts'

const WAIT_MS = 10_000

export interface Closed {
  /** 1006 when the connection ended without a close frame. */
  readonly code: number
  readonly reason: string
}

export interface OpenOptions {
  readonly headers?: readonly string[]
  readonly pong?: boolean
  readonly msgpack?: boolean
}

/** Sends a request as it is and answers what came back until the server closed, or a whole head. */
export function rawRequest(port: number, request: string | Buffer, untilClose = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
      if (!untilClose && text.includes('\r\n\r\n')) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.setTimeout(20_000, () => reject(new Error('no answer')))
  })
}

/** The lines of an upgrade request; extra headers come last. */
export function upgradeRequest(headers: readonly string[] = [], version = '13'): string {
  const key = randomBytes(16).toString('base64')
  const lines = [
    'GET /v1/socket HTTP/1.1',
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Version: ${version}`,
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

export class TestClient {
  readonly socket: Socket
  readonly frames: ServerFrame[] = []
  readonly closed: Promise<Closed>
  pings = 0
  #taken = 0
  #bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  #close: Closed = { code: 1_006, reason: '' }
  #waiting: (() => void)[] = []
  readonly #pong: boolean
  readonly #msgpack: boolean

  private constructor(socket: Socket, { pong = true, msgpack = false }: OpenOptions) {
    this.socket = socket
    this.#pong = pong
    this.#msgpack = msgpack
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve(this.#close)
        this.#wake()
      })
    })
    socket.on('error', () => {})
  }

  static async open(port: number, options: OpenOptions = {}): Promise<TestClient> {
    const protocol = options.msgpack ? ['Sec-WebSocket-Protocol: guildhall.v1.msgpack'] : []
    const socket = connect(port, '127.0.0.1')
    const client = new TestClient(socket, options)
    socket.write(upgradeRequest([...protocol, ...(options.headers ?? [])]))
    await new Promise<void>((resolve, reject) => {
      let head = Buffer.alloc(0)
      const onData = (data: Buffer): void => {
        head = Buffer.concat([head, data])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        socket.off('data', onData)
        if (!head.toString('latin1').startsWith('HTTP/1.1 101'))
          return reject(new Error(head.toString('latin1')))
        socket.on('data', (more: Buffer) => client.#read(more))
        client.#read(head.subarray(end + 4))
        resolve()
      }
      socket.on('data', onData)
      socket.once('error', reject)
    })
    return client
  }

  send(frame: object): void {
    const data = this.#codec.encode(frame as ServerFrame)
    const payload = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data)
    this.raw(this.#msgpack ? 0x2 : 0x1, payload)
  }

  /** Any frame at all. */
  raw(opcode: number, payload: Buffer = Buffer.alloc(0), { fin = true, mask = true, rsv = 0 } = {}): void {
    this.socket.write(frameBytes(opcode, payload, { fin, mask, rsv }))
  }

  /** A close frame of the client's own. */
  leave(code = 1_000): void {
    const payload = Buffer.alloc(2)
    payload.writeUInt16BE(code)
    this.raw(0x8, payload)
  }

  /** The next frame of this kind, earlier ones of other kinds are passed over. */
  async next<Op extends ServerOp>(op: Op): Promise<ServerFrameOf<Op>> {
    return (await this.find((frame) => frame.op === op, op)) as ServerFrameOf<Op>
  }

  async find(test: (frame: ServerFrame) => boolean, what = 'a frame'): Promise<ServerFrame> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      while (this.#taken < this.frames.length) {
        const frame = this.frames[this.#taken++] as ServerFrame
        if (test(frame)) return frame
      }
      if (this.socket.closed || Date.now() > deadline) {
        throw new Error(
          `${what} did not come: ${JSON.stringify(this.frames).slice(0, 500)}, ${JSON.stringify(this.#close)}`,
        )
      }
      await this.#more(deadline - Date.now())
    }
  }

  get #codec() {
    return codecOf(this.#msgpack ? 'guildhall.v1.msgpack' : 'guildhall.v1.json', Number.POSITIVE_INFINITY)
  }

  #more(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #wake(): void {
    for (const waiting of this.#waiting.splice(0)) waiting()
  }

  #read(data: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? data : Buffer.concat([this.#bytes, data])
    for (;;) {
      const bytes = this.#bytes
      if (bytes.length < 2) return
      const short = (bytes[1] as number) & 0x7f
      const head = short === 126 ? 4 : short === 127 ? 10 : 2
      if (bytes.length < head) return
      const length =
        short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
      if (bytes.length < head + length) return
      this.#bytes = bytes.subarray(head + length)
      this.#take((bytes[0] as number) & 0x0f, bytes.subarray(head, head + length))
    }
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === 0x9) {
      this.pings++
      if (this.#pong) this.raw(0xa, payload)
    } else if (opcode === 0x8) {
      this.#close = {
        code: payload.length < 2 ? 1_005 : payload.readUInt16BE(0),
        reason: payload.subarray(2).toString(),
      }
      this.socket.end()
    } else if (opcode <= 0x2) this.frames.push(this.#codec.decode(payload) as ServerFrame)
    this.#wake()
  }
}

export function frameBytes(
  opcode: number,
  payload: Buffer,
  { fin = true, mask = true, rsv = 0 } = {},
): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (mask ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  if (!mask) return Buffer.concat([head, payload])
  const key = randomBytes(4)
  const masked = Buffer.from(payload)
  for (let i = 0; i < length; i++) masked[i] = (masked[i] as number) ^ (key[i % 4] as number)
  return Buffer.concat([head, key, masked])
}
