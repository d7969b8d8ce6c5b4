/** The wire as the client sees it: which subprotocol, which address, text to frame and back. */

import type { ClientFrame, ServerFrame, Subprotocol } from '../protocol/index.ts'
import { parseServerFrame } from '../protocol/light.ts'

export {
  CLOSE,
  CLOSE_CODES,
  endsSession,
  FRAME_BYTES_EARLY_MAX,
  INBOX_MEMBERS_MAX,
  PAGE_MAX,
} from '../protocol/light.ts'

export const SUBPROTOCOL: Subprotocol = 'guildhall.v1.json'

/** Text to frame. Null for what this version does not know: a newer server may say more. */
export function decodeFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null
  try {
    return parseServerFrame(JSON.parse(data)) ?? null
  } catch {
    return null
  }
}

export function encodeFrame(frame: ClientFrame): string {
  return JSON.stringify(frame)
}

/** `http://host`, `ws://host` or the full address of the socket: always the address of the socket. Null if it is none. */
export function socketUrl(url: string): string | null {
  if (!URL.canParse(url)) return null
  const parsed = new URL(url)
  if (parsed.protocol === 'http:') parsed.protocol = 'ws:'
  if (parsed.protocol === 'https:') parsed.protocol = 'wss:'
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') return null
  if (parsed.pathname === '/') parsed.pathname = '/v1/socket'
  parsed.hash = ''
  return parsed.href
}

/** Where `reconnect` may lead: a socket address, and never from an encrypted one to a plain one. */
export function moveUrl(from: string, to: string): string | null {
  const url = socketUrl(to)
  if (url === null) return null
  return from.startsWith('wss:') && url.startsWith('ws:') ? null : url
}
