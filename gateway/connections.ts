/**
 * Connections: all sockets by number, what is sent to them and how they are closed.
 *
 * Guarantees
 * - `released` is called once for each connection, as soon as it is no longer served, with the code it ended with.
 * - A socket that has not read what it was sent is given `CLOSING_MS` to do so, so that the close code reaches it;
 *   then it is cut off. Nothing is touched after its close.
 */

import {
  CLOSE,
  type Codec,
  codecOf,
  type Failure,
  type ServerFrame,
  type Subprotocol,
} from '../protocol/index.ts'
import type { Clock } from './clock.ts'
import { type Connection, STATE } from './connection.ts'
import { DelayQueue } from './delay-queue.ts'
import { endSocket, type Outbox } from './outbox.ts'
import type { CheckedSettings } from './settings.ts'

const CLOSING_MS = 10_000

const CODECS: Readonly<Record<Subprotocol, Codec>> = {
  'guildhall.v1.json': codecOf('guildhall.v1.json'),
  'guildhall.v1.msgpack': codecOf('guildhall.v1.msgpack'),
}

export class Connections {
  readonly all = new Map<number, Connection>()
  readonly #settings: CheckedSettings
  readonly #outbox: Outbox
  readonly #released: (connection: Connection, code: number) => void
  readonly #closing: DelayQueue<Connection>

  constructor(
    settings: CheckedSettings,
    clock: Clock,
    outbox: Outbox,
    released: (connection: Connection, code: number) => void,
  ) {
    this.#settings = settings
    this.#outbox = outbox
    this.#released = released
    this.#closing = new DelayQueue(clock, CLOSING_MS, (connection) => connection.socket?.close())
  }

  /** The connection while it is served. */
  open(id: number): Connection | undefined {
    const connection = this.all.get(id)
    return connection?.isOpen ? connection : undefined
  }

  codec(connection: Connection): Codec {
    return CODECS[connection.subprotocol]
  }

  send(connection: Connection, frame: ServerFrame): void {
    this.#outbox.write(connection, { data: this.codec(connection).encode(frame) })
  }

  fail(connection: Connection, failure: Failure, ref?: number): void {
    // The union of error codes is made by `map`, which the schema library's types do not follow.
    const frame = { op: 'error', ...(ref === undefined ? {} : { ref }), ...failure } as unknown
    this.send(connection, frame as ServerFrame)
  }

  /** Sends what was written before, then closes. */
  close(connection: Connection, code: number): void {
    if (!connection.isOpen) return
    this.#outbox.flush(connection)
    const { socket } = connection
    if (socket === undefined || !connection.isOpen) return
    if (socket.getBufferedAmount() <= this.#settings.bufferSoftBytes) endSocket(socket, code)
    else {
      for (const topic of socket.getTopics()) socket.unsubscribe(topic)
      connection.more().closeCode = code
      this.#closing.add(connection)
      this.#release(connection, code)
    }
  }

  /** The socket has read something. */
  drained(connection: Connection): void {
    const { socket, extra } = connection
    if (connection.state !== STATE.closing) this.#outbox.drained(connection)
    else if (socket !== undefined && socket.getBufferedAmount() <= this.#settings.bufferSoftBytes) {
      endSocket(socket, extra?.closeCode ?? CLOSE.internal)
    }
  }

  /** The socket is closed, by whomever. */
  closed(connection: Connection, code: number): void {
    connection.socket = undefined
    this.all.delete(connection.id)
    this.#closing.delete(connection)
    if (connection.isOpen) this.#release(connection, code)
    connection.state = STATE.closed
  }

  stop(): void {
    this.#closing.clear()
  }

  #release(connection: Connection, code: number): void {
    connection.state = STATE.closing
    this.#outbox.forget(connection)
    this.#released(connection, code)
  }
}
