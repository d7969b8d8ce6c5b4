/**
 * Connection: what the gateway knows of one socket. There are many and most are idle, so it is small: numbers where
 * numbers do, no strings of its own, and whatever only busy or troubled sockets need lies in `extra`.
 */

import type { WebSocket } from 'uWebSockets.js'
import type { SessionMsg } from '../actors/index.ts'
import type { Subprotocol } from '../protocol/index.ts'
import type { Ref, ReplyTo } from '../runtime/index.ts'
import type { Session } from './session-table.ts'

/** uWebSockets.js copies the fields of what is given at the upgrade to the socket itself; a class would get lost. */
export interface SocketData {
  readonly connection: Connection
}
export type Socket = WebSocket<SocketData>

/** How far a connection is. `const` numbers and no enum: they are kept a million times. */
export const STATE = {
  /** Nobody has identified. */
  new: 0,
  /** The token is checked, or the session's actor starts; frames wait. */
  starting: 1,
  live: 2,
  /** Its session's actor has died and another one starts; frames wait. */
  replacing: 3,
  /** To be closed as soon as what it has not read yet is short enough for the close code to follow. */
  closing: 4,
  closed: 5,
} as const
export type State = (typeof STATE)[keyof typeof STATE]

/** How much a socket has not read, once it is more than the soft bound. */
export interface Congestion {
  /** Answers that wait until the socket holds less. */
  readonly queue: (string | Uint8Array)[]
  queuedBytes: number
  /** What was skipped: conversation -> first and last seq. */
  readonly lagged: Map<string, { from: number; to: number }>
  /** Asked for by `barrier`: answered when the queue is empty. */
  readonly barriers: ReplyTo<null>[]
}

interface Extra {
  /** Frames that wait for the session's actor. */
  held: Uint8Array[] | undefined
  heldBytes: number
  congestion: Congestion | undefined
  /** When its session crashed, in ms. */
  crashes: number[] | undefined
  closeCode: number
}

export class Connection {
  // `declare`, so that V8 keeps the numbers as small integers: see runtime/actor/ref.ts.
  declare readonly id: number
  declare readonly msgpack: boolean
  declare state: State
  /** Set from open to close. */
  declare socket: Socket | undefined
  declare session: Session | undefined
  /** The session's actor, while it is known to live. */
  declare ref: Ref<SessionMsg> | undefined
  /** The tick of its beginning. */
  declare readonly openedTick: number
  /** The tick of the last sign of life, and the tokens that the bucket held then. */
  declare seenTick: number
  declare tokens: number
  declare extra: Extra | undefined

  constructor(id: number, msgpack: boolean, tick: number, tokens: number) {
    this.id = id
    this.msgpack = msgpack
    this.state = STATE.new
    this.socket = undefined
    this.session = undefined
    this.ref = undefined
    this.openedTick = tick
    this.seenTick = tick
    this.tokens = tokens
    this.extra = undefined
  }

  /** Neither closed nor about to be. */
  get isOpen(): boolean {
    return this.state < STATE.closing
  }

  get subprotocol(): Subprotocol {
    return this.msgpack ? 'guildhall.v1.msgpack' : 'guildhall.v1.json'
  }

  /** The part that most connections do not have, made when first needed. */
  more(): Extra {
    this.extra ??= {
      held: undefined,
      heldBytes: 0,
      congestion: undefined,
      crashes: undefined,
      closeCode: 0,
    }
    return this.extra
  }
}
