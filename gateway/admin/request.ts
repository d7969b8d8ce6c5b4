/** A request as its line says it: read no further than it takes to know who is to answer it, and to answer under its id. */

import { ADMIN_VERSION, type AdminFailure } from './contract.ts'
import { Refusal } from './params.ts'

export interface Request {
  readonly v: number
  readonly id: number
  readonly kind: string
  readonly token?: unknown
  readonly as?: unknown
  readonly stream?: unknown
}

export function parseRequest(line: string): Request | Refusal {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return new Refusal('BAD_REQUEST', 'Cannot read the request: it is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new Refusal('BAD_REQUEST', 'Cannot read the request: it is no object')
  }
  const { v, id, kind } = value as Record<string, unknown>
  if (!Number.isSafeInteger(id) || (id as number) < 1) {
    return new Refusal('BAD_REQUEST', 'Cannot read the request: id must be a whole number above 0')
  }
  const read = { ...value, id, v: typeof v === 'number' ? v : 0, kind: typeof kind === 'string' ? kind : '' }
  return read as Request
}

export function badVersion(v: number): AdminFailure {
  const older = v < ADMIN_VERSION ? 'the tool is older than the node' : 'the node is older than the tool'
  const message = `Cannot answer: the request is of version ${v}, this node speaks ${ADMIN_VERSION}; ${older}`
  return { code: 'BAD_VERSION', message }
}

export function unknownKind(): AdminFailure {
  return { code: 'UNKNOWN_KIND', message: 'Cannot answer: this node knows no such kind of request' }
}

export function sameId(): AdminFailure {
  return { code: 'BAD_REQUEST', message: 'Cannot read the request: id is that of an open stream' }
}

export function tooLarge(bytesMax: number): AdminFailure {
  return { code: 'TOO_LARGE', message: `Cannot read the request: more than ${bytesMax} bytes` }
}

export function nothingToCancel(): AdminFailure {
  return { code: 'AUTH_FAILED', message: 'Cannot cancel: no token was shown' }
}
