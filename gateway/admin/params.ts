/**
 * Parameters of requests: read once, at the edge. What is wrong is said with the field's name and the rule, never with
 * the value.
 *
 * Fields that a command does not know are ignored: a newer tool may send them.
 */

import type { AdminErrorCode, AdminFailure } from './contract.ts'

/** Answers a request with a coded error. */
export class Refusal extends Error {
  readonly failure: AdminFailure

  constructor(code: AdminErrorCode, message: string, retryAfterMs?: number) {
    super(message)
    this.failure = { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
}

/** `undefined` means that the field was not given. @throws Refusal `BAD_REQUEST` */
export type Field<T> = (value: unknown, name: string) => T
export type Fields = Readonly<Record<string, Field<unknown>>>
export type Read<Of extends Fields> = { readonly [Name in keyof Of]: ReturnType<Of[Name]> }

export function readParams<Of extends Fields>(fields: Of, request: object): Read<Of> {
  const given = request as Readonly<Record<string, unknown>>
  const entries = Object.entries(fields).map(([name, field]) => {
    return [name, field(Object.hasOwn(given, name) ? given[name] : undefined, name)]
  })
  return Object.fromEntries(entries) as Read<Of>
}

export function whole(min: number, max: number, fallback: number): Field<number>
export function whole(min: number, max: number): Field<number | undefined>
export function whole(min: number, max: number, fallback?: number): Field<number | undefined> {
  return (value, name) => {
    if (value === undefined || value === null) return fallback
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max)
      return value as number
    throw bad(name, `must be a whole number from ${min} to ${max}`)
  }
}

/** A field that must be there. */
export function required<T>(field: Field<T | undefined>): Field<T> {
  return (value, name) => {
    const read = field(value, name)
    if (read === undefined) throw bad(name, 'is missing')
    return read
  }
}

export function text(charsMax: number): Field<string | undefined> {
  return (value, name) => {
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' && value !== '' && value.length <= charsMax && value.isWellFormed())
      return value
    throw bad(name, `must be a text of 1 to ${charsMax} characters`)
  }
}

export function matching(pattern: RegExp, what: string): Field<string | undefined> {
  return (value, name) => {
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' && pattern.test(value)) return value
    throw bad(name, `must be ${what}`)
  }
}

export function oneOf<const T extends string>(values: readonly T[]): Field<T | undefined> {
  return (value, name) => {
    if (value === undefined || value === null) return undefined
    const found = values.find((each) => each === value)
    if (found === undefined) throw bad(name, `must be one of ${values.join(', ')}`)
    return found
  }
}

export const flag: Field<boolean> = (value, name) => {
  // Not null: of a `dryRun` it would be the more dangerous reading.
  if (value === undefined) return false
  if (typeof value === 'boolean') return value
  throw bad(name, 'must be true or false')
}

export function bad(name: string, rule: string): Refusal {
  return new Refusal('BAD_REQUEST', `Cannot read the request: ${name} ${rule}`)
}
