/** RawTool: a bare connection to the admin channel, for tests that break its rules. */

import { connect, type Socket } from 'node:net'

export interface RawReply {
  readonly v: number
  readonly id: number
  readonly ok: boolean
  readonly value?: unknown
  readonly event?: unknown
  readonly end?: { readonly why: string }
  readonly error?: { readonly code: string; readonly message: string; readonly retryAfterMs?: number }
}

const WAIT_MS = 10_000

export class RawTool {
  readonly socket: Socket
  readonly replies: RawReply[] = []
  readonly closed: Promise<void>
  #text = ''
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()))
    socket.on('close', () => this.#wake?.())
  }

  static open(path: string): Promise<RawTool> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path }, () => resolve(new RawTool(socket)))
      socket.once('error', reject)
    })
  }

  write(text: string | Buffer): void {
    this.socket.write(text)
  }

  /** Sends a request as it is. */
  send(request: object): void {
    this.write(`${JSON.stringify({ v: 1, ...request })}\n`)
  }

  /** The next reply, whatever it is. */
  async next(): Promise<RawReply> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const reply = this.replies.shift()
      if (reply !== undefined) return reply
      const leftMs = deadline - Date.now()
      if (this.socket.closed || leftMs <= 0) throw new Error('no reply came')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async ask(request: object): Promise<RawReply> {
    this.send({ id: 1, ...request })
    return this.next()
  }

  end(): void {
    this.socket.destroy()
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) this.replies.push(JSON.parse(line) as RawReply)
    this.#wake?.()
  }
}
