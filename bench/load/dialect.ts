/**
 * Dialects: how a client opens a conversation with a server, and where it finds the name of a frame.
 *
 * Ours in both codecs; peers that are only WebSocket servers speak the JSON one, so the same clients measure them. Socket.IO has a
 * protocol of its own, in which the same frames travel as events.
 */
import { pack, unpack } from 'msgpackr'
import { startsWith } from './frames.ts'

/** Who a client is, and the session that it comes back to. */
export interface Identity {
  readonly token: string
  readonly device: string
  readonly session?: SessionKey | undefined
}
export interface SessionKey {
  readonly session: string
  readonly resume: string
}

export type Fields = Readonly<Record<string, unknown>>

/** What a frame before the client is ready asks for. */
export type Opening =
  | { readonly kind: 'answer'; readonly payload: string | Uint8Array }
  | { readonly kind: 'ready' | 'resumed'; readonly key: SessionKey | undefined }
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'wait' }

export interface Dialect {
  readonly name: string
  readonly path: string
  readonly subprotocol?: string
  opening(bytes: Buffer, from: number, to: number, identity: () => Identity): Opening
  /** Whether a frame is a `message`, without decoding it. */
  isMessage(bytes: Buffer, from: number, to: number): boolean
  encode(frame: Fields): string | Uint8Array
  decode(bytes: Buffer, from: number, to: number): Fields
  /** What a frame asks to be answered at once, such as a ping of Socket.IO. */
  readonly ping?: { readonly start: Buffer; readonly answer: string }
}

const JSON_MESSAGE = Buffer.from('{"op":"message"')
/** After the byte that opens a map of up to 15 entries: `op`, `message`. */
const MSGPACK_MESSAGE = Buffer.from([0xa2, ...Buffer.from('op'), 0xa7, ...Buffer.from('message')])
const SOCKET_IO_MESSAGE = Buffer.from('42["message"')

export const GUILDHALL_JSON: Dialect = {
  name: 'guildhall.v1.json',
  path: '/v1/socket',
  subprotocol: 'guildhall.v1.json',
  isMessage: (bytes, from, to) => startsWith(bytes, from, to, JSON_MESSAGE),
  encode: (frame) => JSON.stringify(frame),
  decode: (bytes, from, to) => JSON.parse(bytes.toString('utf8', from, to)) as Fields,
  opening(bytes, from, to, identity) {
    return openingOf(this, this.decode(bytes, from, to), identity)
  },
}

export const GUILDHALL_MSGPACK: Dialect = {
  name: 'guildhall.v1.msgpack',
  path: '/v1/socket',
  subprotocol: 'guildhall.v1.msgpack',
  isMessage: (bytes, from, to) => startsWith(bytes, from + 1, to, MSGPACK_MESSAGE),
  encode: (frame) => pack(frame),
  decode: (bytes, from, to) => unpack(bytes.subarray(from, to)) as Fields,
  opening(bytes, from, to, identity) {
    return openingOf(this, this.decode(bytes, from, to), identity)
  },
}

export const SOCKET_IO: Dialect = {
  name: 'socketio',
  path: '/socket.io/?EIO=4&transport=websocket',
  isMessage: (bytes, from, to) => startsWith(bytes, from, to, SOCKET_IO_MESSAGE),
  encode: (frame) => `42${JSON.stringify([frame.op, frame])}`,
  decode: (bytes, from, to) => (JSON.parse(bytes.toString('utf8', from + 2, to)) as [string, Fields])[1],
  ping: { start: Buffer.from('2'), answer: '3' },
  opening(bytes, from, to) {
    const text = bytes.toString('utf8', from, to)
    if (text.startsWith('0{')) return { kind: 'answer', payload: '40' }
    if (text.startsWith('40{')) return { kind: 'ready', key: undefined }
    return { kind: 'wait' }
  },
}

const DIALECTS = [GUILDHALL_JSON, GUILDHALL_MSGPACK, SOCKET_IO]

/** @throws Error for a name that none has. */
export function dialectNamed(name: string): Dialect {
  const dialect = DIALECTS.find((one) => one.name === name)
  if (dialect === undefined) throw new Error(`Cannot speak ${JSON.stringify(name)}: it is not known`)
  return dialect
}

function openingOf(dialect: Dialect, frame: Fields, identity: () => Identity): Opening {
  const { op } = frame
  if (op === 'hello') return { kind: 'answer', payload: dialect.encode(firstFrame(identity())) }
  if (op === 'ready' || op === 'resumed') {
    const { session, resume } = frame
    const isKey = typeof session === 'string' && typeof resume === 'string'
    return { kind: op, key: isKey ? { session, resume } : undefined }
  }
  return op === 'error' ? { kind: 'error', code: String(frame.code) } : { kind: 'wait' }
}

function firstFrame({ token, device, session }: Identity): Fields {
  if (session === undefined) return { op: 'identify', token, device }
  return { op: 'resume', token, ...session, cursors: {} }
}
