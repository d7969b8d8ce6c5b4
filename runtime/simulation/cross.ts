/**
 * cross: a message as another kernel would receive it: a copy. Refs stay the objects they are: in simulation
 * all kernels share them, so that they are equal everywhere, as they are within each real thread.
 *
 * Accepts what the codec between real threads accepts. The codec itself is not used here, because it relies
 * on the order of a whole ring, and simulation reorders.
 */

import { RuntimeError } from '../actor/errors.ts'
import { Ref } from '../actor/ref.ts'
import { PendingCall, RemoteReplyTo } from '../kernel/pending-call.ts'

const DEPTH_MAX = 200

/** A copy of `value`. @throws RuntimeError `MESSAGE_NOT_PORTABLE`. */
export function cross(value: unknown): unknown {
  return copy(value, 0)
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw notPortable(typeof value)
  if (typeof value !== 'object' || value === null || value instanceof Ref || value instanceof RemoteReplyTo)
    return value
  if (value instanceof PendingCall)
    return new RemoteReplyTo(value.kernel.thread, value.kernel.calls.expose(value))
  if (depth >= DEPTH_MAX) throw notPortable('nesting')
  const inner = (item: unknown): unknown => copy(item, depth + 1)
  if (Array.isArray(value)) return value.map(inner)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [inner(key), inner(item)]))
  if (value instanceof Set) return new Set([...value].map(inner))
  if (value instanceof Date || ArrayBuffer.isView(value)) return structuredClone(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notPortable('class instance')
  return mapValues(value, inner)
}

function mapValues(value: object, map: (item: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item)]))
}

function notPortable(what: string): RuntimeError {
  return new RuntimeError('MESSAGE_NOT_PORTABLE', `Cannot send across threads: the message holds a ${what}`, {
    context: { what },
  })
}
