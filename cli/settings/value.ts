/**
 * How the value of a setting is read. The same reader takes a flag or a variable of the environment, which are
 * text, and a value of the JSON file, which has a type. A refusal says what is wrong and how to put it right.
 */

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }
export type Reader<T> = (raw: unknown) => Read<T>

function ok<T>(value: T): Read<T> {
  return { ok: true, value }
}

function refuse(problem: string): Read<never> {
  return { ok: false, problem }
}

/** What was given, shortened and with control characters visible. Not for secrets. */
export function shown(raw: unknown): string {
  const text = JSON.stringify(raw) ?? String(raw)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

export function text(example: string): Reader<string> {
  return (raw) =>
    typeof raw === 'string' && raw.trim() !== ''
      ? ok(raw)
      : refuse(`${shown(raw)} is not a text. Give one such as ${example}`)
}

/** A text that must not appear in any output, this reader's refusals included. */
export const secretText: Reader<string> = (raw) => {
  if (typeof raw !== 'string' || raw.trim() === '') {
    return refuse('it is empty or not a text. Make one with `openssl rand -hex 32`')
  }
  // Whoever knows a public key could sign tokens with it.
  if (raw.includes('-----BEGIN')) return refuse('it is a PEM key. Give its file with --jwt-public-key')
  return ok(raw)
}

export function url(protocols: readonly string[], example: string): Reader<string> {
  return (raw) => {
    const parsed = typeof raw === 'string' ? URL.parse(raw) : null
    if (parsed !== null && protocols.includes(parsed.protocol)) return ok(String(raw))
    return refuse(`${shown(raw)} is not an address (${protocols.join(' or ')}). Give one such as ${example}`)
  }
}

export function whole(min: number, max: number, example: number): Reader<number> {
  return (raw) => {
    const value = typeof raw === 'string' && /^[0-9]{1,16}$/.test(raw) ? Number(raw) : raw
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return ok(value)
    return refuse(`${shown(raw)} is not a whole number from ${min} to ${max}. Give one such as ${example}`)
  }
}

export const yesNo: Reader<boolean> = (raw) => {
  if (raw === true || raw === 'true' || raw === '1') return ok(true)
  if (raw === false || raw === 'false' || raw === '0') return ok(false)
  return refuse(`${shown(raw)} is neither true nor false. Give one of them`)
}

export function oneOf<const T extends string>(values: readonly T[]): Reader<T> {
  return (raw) => {
    const found = values.find((value) => value === raw)
    return found === undefined
      ? refuse(`${shown(raw)} is unknown. Give one of ${values.join(', ')}`)
      : ok(found)
  }
}

/** Text with commas, or an array of the file. `each` returns what is wrong with an item, or undefined. */
export function list(each: (item: string) => string | undefined, example: string): Reader<readonly string[]> {
  return (raw) => {
    const items: unknown = typeof raw === 'string' ? raw.split(',').map((item) => item.trim()) : raw
    const example1 = `Give a list such as ${example}`
    if (!Array.isArray(items)) return refuse(`${shown(raw)} is not a list. ${example1}`)
    for (const item of items as readonly unknown[]) {
      const wrong = typeof item === 'string' && item !== '' ? each(item) : 'is not a text'
      if (wrong !== undefined) return refuse(`${shown(item)} ${wrong}. ${example1}`)
    }
    return ok(items as readonly string[])
  }
}
