/**
 * safeRead: looking at any value without running any of its code: no getter, no proxy trap, no overridden
 * method, no `toJSON`.
 *
 * Everything here takes a value that `kindOf` has classified; a proxy is recognized first and never touched.
 */

import { types } from 'node:util'
import { ActorDefinition } from '../actor/definition.ts'
import { Ref } from '../actor/ref.ts'
import { ActorContext } from '../kernel/actor-context.ts'
import { ActorTimer } from '../kernel/actor-timer.ts'
import { Kernel } from '../kernel/kernel.ts'
import { PendingCall, RemoteReplyTo } from '../kernel/pending-call.ts'
import { Watch } from '../kernel/watch.ts'

/** What decides how a value is shown and weighed. */
export type Kind =
  | 'primitive'
  | 'proxy'
  | 'function'
  | 'ref'
  /** An object of the runtime's own that leads to a whole kernel: never entered. */
  | 'runtime'
  | 'array'
  | 'map'
  | 'set'
  | 'bytes'
  | 'date'
  | 'error'
  | 'object'

const RUNTIME_OBJECTS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [PendingCall.prototype, 'ReplyTo'],
  [RemoteReplyTo.prototype, 'ReplyTo'],
  [ActorTimer.prototype, 'Timer'],
  [Watch.prototype, 'Monitor'],
  [ActorContext.prototype, 'Context'],
  [ActorDefinition.prototype, 'ActorDefinition'],
  [Kernel.prototype, 'Kernel'],
])

export function kindOf(value: unknown): Kind {
  if (typeof value === 'function') return types.isProxy(value) ? 'proxy' : 'function'
  if (typeof value !== 'object' || value === null) return 'primitive'
  if (types.isProxy(value)) return 'proxy'
  if (Array.isArray(value)) return 'array'
  const prototype: unknown = Object.getPrototypeOf(value)
  // The common case by far, spared the questions below, each of which is a call out of JavaScript.
  if (prototype === Object.prototype) return 'object'
  if (prototype === Ref.prototype) return 'ref'
  if (RUNTIME_OBJECTS.has(prototype)) return 'runtime'
  if (types.isMap(value)) return 'map'
  if (types.isSet(value)) return 'set'
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return 'bytes'
  if (types.isDate(value)) return 'date'
  return types.isNativeError(value) ? 'error' : 'object'
}

/** Stands for a value that only its own code could tell. */
export const GETTER = Symbol('getter')

/** An own property: its value, `GETTER` for an accessor, undefined when there is none. */
export function readOwn(object: object, key: PropertyKey): unknown {
  const property = Object.getOwnPropertyDescriptor(object, key)
  if (property === undefined) return undefined
  return 'value' in property ? property.value : GETTER
}

/** The name of an object's class; undefined for a plain object and where only code could tell. */
export function classNameOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null || types.isProxy(prototype)) return undefined
  const own = RUNTIME_OBJECTS.get(prototype)
  if (own !== undefined) return own
  const maker = readOwn(prototype as object, 'constructor')
  return typeof maker === 'function' && !types.isProxy(maker) ? functionNameOf(maker) : undefined
}

export function functionNameOf(value: object): string | undefined {
  const name = readOwn(value, 'name')
  return typeof name === 'string' && name !== '' ? name : undefined
}

export function isClass(value: object): boolean {
  return Function.prototype.toString.call(value).startsWith('class')
}

/** `instanceof` that asks no proxy on the chain of prototypes. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  for (let link = value; typeof link === 'object' && link !== null; link = Object.getPrototypeOf(link)) {
    if (types.isProxy(link)) return false
    if (link === type.prototype) return true
  }
  return false
}

/**
 * What a message is called, as `typeName` has it, but of own data only: a message in a mailbox has not met
 * its handler yet.
 */
export function messageTypeOf(message: unknown): string {
  const kind = kindOf(message)
  if (kind === 'primitive') return message === null ? 'object' : typeof message
  if (kind === 'proxy' || kind === 'function') return kind
  const type = readOwn(message as object, 'type')
  return typeof type === 'string' ? clip(type) : 'object'
}

const LABEL_LENGTH_MAX = 64

/** A name that application code made up, cut to what a table can show. */
export function clip(name: string): string {
  return name.length <= LABEL_LENGTH_MAX ? name : `${name.slice(0, LABEL_LENGTH_MAX - 1)}…`
}

const TypedArray = Object.getPrototypeOf(Uint8Array) as { readonly prototype: object }

const mapSize = getterOf(Map.prototype, 'size')
const setSize = getterOf(Set.prototype, 'size')
const bufferLength = getterOf(ArrayBuffer.prototype, 'byteLength')
const sharedLength = getterOf(SharedArrayBuffer.prototype, 'byteLength')
const viewLength = getterOf(DataView.prototype, 'byteLength')
const typedLength = getterOf(TypedArray.prototype, 'byteLength')

/** Elements of an array, entries of a map or set, bytes of a buffer or view. */
export function sizeOf(value: object, kind: 'array' | 'map' | 'set' | 'bytes'): number {
  if (kind === 'array') return (value as unknown[]).length
  if (kind === 'map') return mapSize(value)
  if (kind === 'set') return setSize(value)
  if (types.isTypedArray(value)) return typedLength(value)
  if (types.isDataView(value)) return viewLength(value)
  return types.isSharedArrayBuffer(value) ? sharedLength(value) : bufferLength(value)
}

/** The first entries of a map. */
export function* firstEntries(map: object, count: number): Generator<readonly [unknown, unknown]> {
  const entries = Map.prototype.entries.call(map)
  for (let left = Math.min(count, mapSize(map)); left > 0; left--)
    yield entries.next().value as [unknown, unknown]
}

/** The first values of a set. */
export function* firstValues(set: object, count: number): Generator<unknown> {
  const values = Set.prototype.values.call(set)
  for (let left = Math.min(count, setSize(set)); left > 0; left--) yield values.next().value
}

function getterOf(prototype: object, key: string): (of: object) => number {
  const get = Object.getOwnPropertyDescriptor(prototype, key)?.get as (this: unknown) => number
  return (of) => get.call(of)
}
