/**
 * Person: a user with one device who talks to a node: connects, identifies, and says what comes.
 *
 * A frame is handed over as it lies in the receive buffer and is valid during the call only; `frame-text.ts` reads from it. Does not
 * reconnect by itself: what to do about a close is the scenario's.
 */

import { LoadSocket } from '../load/load-socket.ts'
import type { Target } from '../load/target.ts'
import { tokenFor } from '../load/token.ts'
import { opIn } from './frame-text.ts'

export interface PersonEvents {
  /** Each frame after `ready`. */
  frame(person: Person, op: string, bytes: Buffer, from: number, to: number): void
  /** The socket has ended. `wasOnline` says whether after `ready`. */
  closed(person: Person, code: number, wasOnline: boolean): void
}

export class Person {
  readonly index: number
  readonly user: string
  readonly #target: Target
  readonly #events: PersonEvents
  #socket: LoadSocket | undefined
  #isReady = false
  #settle: { readonly resolve: (ready: string) => void; readonly reject: (error: Error) => void } | undefined

  constructor(target: Target, user: string, index: number, events: PersonEvents) {
    this.#target = target
    this.user = user
    this.index = index
    this.#events = events
  }

  /**
   * Resolves with the `ready` frame. `inbox` is the number up to which everything is held. Rejects when the socket closes, or an
   * `error` comes, before.
   */
  online(inbox?: number): Promise<string> {
    const { host, port, secret } = this.#target
    const token = tokenFor(this.user, secret)
    const cursors = inbox === undefined ? {} : { cursors: { inbox } }
    const identify = JSON.stringify({ op: 'identify', token, device: 'load', ...cursors })
    const { index } = this
    const options = { host, port, path: '/v1/socket', subprotocol: 'guildhall.v1.json', index }
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#socket = new LoadSocket(options, {
        onFrame: (_socket, bytes, from, to) => this.#onFrame(identify, bytes, from, to),
        onClose: (_socket, code) => this.#onClose(code),
      })
    })
  }

  get isOnline(): boolean {
    return this.#isReady
  }

  /** Several frames of one moment leave in one system call. Nothing is sent while offline. */
  send(texts: readonly string[]): void {
    if (this.isOnline) this.#socket?.send(texts)
  }

  /** Stops reading what the node sends, until `resume`. */
  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  #onFrame(identify: string, bytes: Buffer, from: number, to: number): void {
    const op = opIn(bytes, from)
    if (this.#isReady) return this.#events.frame(this, op, bytes, from, to)
    const settle = this.#settle
    if (settle === undefined) return
    if (op === 'hello') this.#socket?.send([identify])
    else if (op === 'ready') {
      this.#settle = undefined
      this.#isReady = true
      settle.resolve(bytes.toString('utf8', from, to))
    } else if (op === 'error') {
      this.#fail(bytes.toString('utf8', from, to))
      this.#socket?.destroy()
    }
  }

  #onClose(code: number): void {
    const wasOnline = this.#isReady
    this.#isReady = false
    this.#socket = undefined
    this.#fail(`closed with ${code}`)
    this.#events.closed(this, code, wasOnline)
  }

  #fail(why: string): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.reject(new Error(`Cannot identify ${this.user}: ${why}`))
  }
}
