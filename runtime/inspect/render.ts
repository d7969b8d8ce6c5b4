/**
 * render: any value as one line of text, for operators. A pure function.
 *
 * Guarantees
 * - Runs no code of the value: no getter, no proxy trap, no `toJSON`, no `toString`. Never throws.
 * - Bounded: levels, entries per level, length of each string and of the whole.
 * - Printable: whatever could steer a terminal or turn the direction of text is escaped.
 *
 * The notation is that of `util.inspect`. It is for people; nothing can be read back from it.
 *
 * Cost: in proportion to the output, but for one thing: JavaScript lists the keys of an object all at once,
 * so an object used as a table of a million entries costs about half a second here. `Map` does not.
 */

import { unreachable } from '../actor/errors.ts'
import {
  classNameOf,
  clip,
  firstEntries,
  firstValues,
  functionNameOf,
  GETTER,
  isClass,
  type Kind,
  kindOf,
  readOwn,
  sizeOf,
} from './safe-read.ts'

export interface RenderLimits {
  /** Levels of objects that are opened. Default: 4, at most 20. */
  readonly depth: number
  /** Keys, elements or entries shown of each object. Default: 50. */
  readonly keys: number
  /** Characters shown of each string. Default: 200. */
  readonly stringLength: number
  /** Characters in all. Default: 10,000. */
  readonly totalLength: number
}

const DEFAULTS: RenderLimits = { depth: 4, keys: 50, stringLength: 200, totalLength: 10_000 }
const DEPTH_MAX = 20
const CUT = '…'

export function render(value: unknown, limits: Partial<RenderLimits> = {}): string {
  const renderer = new Renderer({ ...DEFAULTS, ...limits })
  renderer.value(value, 0)
  return renderer.text
}

class Renderer {
  readonly #limits: RenderLimits
  readonly #parts: string[] = []
  /** The objects being opened: meeting one of them again is a cycle. */
  readonly #open = new Set<unknown>()
  #left: number
  #full = false

  constructor(limits: RenderLimits) {
    this.#limits = { ...limits, depth: Math.min(limits.depth, DEPTH_MAX) }
    this.#left = Math.max(0, limits.totalLength - CUT.length)
  }

  get text(): string {
    return this.#parts.join('')
  }

  value(value: unknown, depth: number): void {
    try {
      this.#shown(value, depth)
    } catch {
      // An exotic object may refuse even to be looked at, such as the namespace of a module that is still
      // loading.
      this.#put('[unreadable]')
    }
  }

  #shown(value: unknown, depth: number): void {
    const kind = kindOf(value)
    if (isContainer(kind)) this.#container(value as object, kind, depth)
    else this.#put(kind === 'primitive' ? this.#primitive(value) : describeOpaque(value as object, kind))
  }

  #container(value: object, kind: Container, depth: number): void {
    this.#put(prefixOf(value, kind))
    if (kind === 'error') {
      this.#inner(readOwn(value, 'message'), depth)
      this.#put(') ')
    }
    if (this.#open.has(value)) this.#put('[Circular]')
    else if (depth >= this.#limits.depth) this.#put(`[${CUT}]`)
    else {
      this.#open.add(value)
      this.#content(value, kind, depth)
      this.#open.delete(value)
    }
  }

  #content(value: object, kind: Container, depth: number): void {
    const max = this.#limits.keys
    if (kind === 'array') {
      const size = sizeOf(value, kind)
      this.#entries('[]', size, indexes(size, max), (index) => this.#inner(readOwn(value, index), depth))
    } else if (kind === 'set') {
      this.#entries('{}', sizeOf(value, kind), firstValues(value, max), (item) => this.#inner(item, depth))
    } else if (kind === 'map') {
      this.#entries('{}', sizeOf(value, kind), firstEntries(value, max), ([key, item]) => {
        this.#inner(key, depth)
        this.#put(' => ')
        this.#inner(item, depth)
      })
    } else {
      const keys = Object.keys(value)
      this.#entries('{}', keys.length, keys.slice(0, max), (key) => {
        this.#put(`${this.#key(key)}: `)
        this.#inner(readOwn(value, key), depth)
      })
    }
  }

  /** The entries of one object, until the text is full. */
  #entries<T>(brackets: '[]' | '{}', size: number, shown: Iterable<T>, entry: (item: T) => void): void {
    let count = 0
    this.#put(brackets.charAt(0))
    for (const item of shown) {
      if (this.#full) return
      this.#put(count++ === 0 ? ' ' : ', ')
      entry(item)
    }
    if (count < size) this.#put(`${count === 0 ? ' ' : ', '}${CUT} ${size - count} more`)
    this.#put(size === 0 ? brackets.charAt(1) : ` ${brackets.charAt(1)}`)
  }

  #inner(value: unknown, depth: number): void {
    if (value === GETTER) this.#put('[Getter]')
    else this.value(value, depth + 1)
  }

  #primitive(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return this.#string(value)
      case 'bigint':
        // Its digits take time in proportion to the square of their number.
        return value === BigInt.asIntN(128, value) ? `${value}n` : '[BigInt]'
      case 'symbol':
        return `Symbol(${printable(clip(value.description ?? ''))})`
      case 'number':
        return Object.is(value, -0) ? '-0' : String(value)
      case 'function':
      case 'object':
        return value === null ? 'null' : '[object]'
      default:
        return String(value)
    }
  }

  #string(value: string): string {
    const { stringLength } = this.#limits
    if (value.length <= stringLength) return `'${printable(value)}'`
    return `'${printable(value.slice(0, stringLength))}'${CUT} ${value.length - stringLength} more characters`
  }

  #key(key: string): string {
    return /^[A-Za-z_$][\w$]{0,63}$/.test(key) ? key : this.#string(key)
  }

  #put(text: string): void {
    if (this.#full) return
    if (text.length <= this.#left) {
      this.#parts.push(text)
      this.#left -= text.length
      return
    }
    // Half of a pair of surrogates is no character.
    this.#parts.push(text.slice(0, this.#left).replace(/[\ud800-\udbff]$/, ''), CUT)
    this.#full = true
  }
}

type Container = 'array' | 'map' | 'set' | 'object' | 'error'

function isContainer(kind: Kind): kind is Container {
  return kind === 'array' || kind === 'map' || kind === 'set' || kind === 'object' || kind === 'error'
}

/** What stands before the bracket. */
function prefixOf(value: object, kind: Container): string {
  const name = className(value)
  if (kind === 'error') return `${name}(`
  if (kind === 'map' || kind === 'set') return `${name}(${sizeOf(value, kind)}) `
  return name === 'Object' || name === 'Array' ? '' : `${name} `
}

function describeOpaque(value: object, kind: Exclude<Kind, Container | 'primitive'>): string {
  switch (kind) {
    case 'proxy':
      return '[Proxy]'
    case 'function':
      return describeFunction(value)
    case 'ref':
      return describeRef(value)
    case 'runtime':
      return `[${className(value)}]`
    case 'bytes':
      return `${className(value)}(${sizeOf(value, kind)} bytes)`
    case 'date':
      return describeDate(value as Date)
    default:
      return unreachable(kind)
  }
}

function* indexes(size: number, max: number): Generator<number> {
  for (let index = 0; index < size && index < max; index++) yield index
}

function className(value: object): string {
  if (Object.getPrototypeOf(value) === null) return '[no prototype]'
  return printable(clip(classNameOf(value) ?? 'Object'))
}

function describeFunction(value: object): string {
  return `[${isClass(value) ? 'class' : 'Function'} ${printable(clip(functionNameOf(value) ?? '(anonymous)'))}]`
}

function describeRef(value: object): string {
  const numbers = ['thread', 'slot', 'incarnation'].map((key) => readOwn(value, key))
  return numbers.every((number) => typeof number === 'number') ? `<${numbers.join('.')}>` : '[Ref]'
}

function describeDate(value: Date): string {
  const time = Date.prototype.getTime.call(value)
  return Number.isNaN(time) ? '[Invalid Date]' : new Date(time).toISOString()
}

/**
 * Quotes, and everything that is no visible character: controls, direction marks, private and unpaired code
 * units.
 */
function printable(text: string): string {
  return text.replace(/['\\]|[\p{C}\p{Zl}\p{Zp}]/gu, (found) =>
    found === "'" || found === '\\' ? `\\${found}` : `\\u{${(found.codePointAt(0) as number).toString(16)}}`,
  )
}
