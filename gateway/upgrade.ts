/**
 * Upgrade: whether an HTTP request may become a socket, and with which codec. Pure: the server passes in what the
 * request says.
 */

import { SUBPROTOCOLS, type Subprotocol } from '../protocol/index.ts'

export interface UpgradeRequest {
  readonly version: string
  readonly key: string
  readonly protocols: string
  /** Empty when absent: native clients send none. */
  readonly origin: string
  readonly host: string
}

export type UpgradeAnswer =
  /** `echo` is what the response names; empty when the client offered nothing. */
  | { readonly ok: true; readonly subprotocol: Subprotocol; readonly echo: string }
  | { readonly ok: false; readonly status: number; readonly message: string }

const VERSION = '13'
const KEY = /^[A-Za-z0-9+/]{22}==$/

export function checkUpgrade(request: UpgradeRequest, origins: readonly string[] | undefined): UpgradeAnswer {
  if (request.version !== VERSION) return refuse(426, 'Sec-WebSocket-Version must be 13')
  if (!KEY.test(request.key)) return refuse(400, 'Sec-WebSocket-Key is missing or malformed')
  if (!isOriginAllowed(request.origin, request.host, origins))
    return refuse(403, 'this origin is not allowed')
  const offered = request.protocols.split(',').map((name) => name.trim())
  if (request.protocols.trim() === '') return { ok: true, subprotocol: SUBPROTOCOLS[0], echo: '' }
  const known = offered.find((name): name is Subprotocol => SUBPROTOCOLS.some((ours) => ours === name))
  if (known === undefined) return refuse(400, `Sec-WebSocket-Protocol must name ${SUBPROTOCOLS.join(' or ')}`)
  return { ok: true, subprotocol: known, echo: known }
}

/** Browsers cannot leave the header out, so a page of a foreign site never gets in. */
export function isOriginAllowed(
  origin: string,
  host: string,
  origins: readonly string[] | undefined,
): boolean {
  if (origin === '') return true
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  if (origins !== undefined) return origins.includes('*') || origins.includes(url.origin)
  // The port is written out or not, by either side.
  const own = `${url.protocol}//${host}`
  return URL.canParse(own) && new URL(own).host === url.host
}

function refuse(status: number, reason: string): UpgradeAnswer {
  return { ok: false, status, message: `Cannot open a socket: ${reason}` }
}
