/**
 * cross: a message as another kernel would receive it: a copy, with refs and reply addresses of that kernel.
 *
 * Accepts what the codec between real threads accepts. The codec itself is not used here, because it relies on the order of a whole ring,
 * and simulation reorders.
 */

import { RuntimeError } from '../actor/errors.ts'
import { Ref } from '../actor/ref.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { PendingCall, RemoteReplyTo } from '../kernel/pending-call.ts'

const DEPTH_MAX = 200

/** A copy of `value` for the kernel `to`. @throws RuntimeError `MESSAGE_NOT_PORTABLE`. */
export function cross(value: unknown, from: Kernel, to: () => Kernel): () => unknown {
  const packed = pack(value, from, 0)
  return () => unpack(packed, to())
}

/** Freezes what has to be read at the time of sending: mutable values and names of calls. */
function pack(value: unknown, from: Kernel, depth: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw notPortable(typeof value)
  if (typeof value !== 'object' || value === null || value instanceof Ref || value instanceof RemoteReplyTo) return value
  if (value instanceof PendingCall) return new RemoteReplyTo(value.kernel.thread, value.kernel.calls.expose(value))
  if (depth >= DEPTH_MAX) throw notPortable('nesting')
  const inner = (item: unknown): unknown => pack(item, from, depth + 1)
  if (Array.isArray(value)) return value.map(inner)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [inner(key), inner(item)]))
  if (value instanceof Set) return new Set([...value].map(inner))
  if (value instanceof Date || ArrayBuffer.isView(value)) return structuredClone(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notPortable('class instance')
  return mapValues(value, inner)
}

function unpack(value: unknown, to: Kernel): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Ref) return to.refs.intern(value)
  if (value instanceof RemoteReplyTo || value instanceof Date || ArrayBuffer.isView(value)) return value
  const inner = (item: unknown): unknown => unpack(item, to)
  if (Array.isArray(value)) return value.map(inner)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [inner(key), inner(item)]))
  if (value instanceof Set) return new Set([...value].map(inner))
  return mapValues(value, inner)
}

function mapValues(value: object, map: (item: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item)]))
}

function notPortable(what: string): RuntimeError {
  return new RuntimeError('MESSAGE_NOT_PORTABLE', `Cannot send across threads: the message holds a ${what}`, { context: { what } })
}
