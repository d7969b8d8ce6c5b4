/**
 * erlangTerm: plain data as the text of an Erlang term, for `file:consult/1`. Strings become atoms, objects
 * maps with atoms as keys.
 */

export function erlangTerm(value: unknown): string {
  if (value === Infinity) return 'infinity'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return atom(value)
  if (Array.isArray(value)) return `[${value.map(erlangTerm).join(',')}]`
  const fields = Object.entries(value as object).filter(([, field]) => field !== undefined)
  return `#{${fields.map(([key, field]) => `${atom(key)}=>${erlangTerm(field)}`).join(',')}}`
}

function atom(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
