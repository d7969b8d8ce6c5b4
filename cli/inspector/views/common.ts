/** What several views show the same way. */

import type { PsRow, SilentThread } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { age, count, duration } from '../text/format.ts'
import { type Line, type Span, span, type Tone } from '../text/line.ts'
import { wrap } from '../text/wrap.ts'

/** From here on a mailbox or a wait is worth a look, and then worth a call. */
const MAILBOX = { warn: 100, bad: 1_000 }
const AGE_MS = { warn: 500, bad: 5_000 }

/** What it is called: its name, or its type. */
export function labelOf({ name, type }: Pick<PsRow, 'name' | 'type'>): string {
  return name ?? type
}

export function levelTone(value: number, { warn, bad }: { warn: number; bad: number }): Tone {
  return value >= bad ? 'bad' : value >= warn ? 'warn' : 'plain'
}

/** Nothing is shown as a dot, so that what is there stands out. */
export function number(value: number, text: string, tone: Tone = 'plain'): Span {
  return value === 0 ? span('·', 'dim') : span(text, tone)
}

export function mailboxCell(length: number): Span {
  return number(length, count(length), levelTone(length, MAILBOX))
}

export function ageCell(ms: number): Span {
  return number(ms, duration(ms), levelTone(ms, AGE_MS))
}

export function stateCell(state: string): Span {
  const tones: Readonly<Record<string, Tone>> = {
    idle: 'dim',
    suspended: 'bad',
    stopping: 'warn',
    starting: 'warn',
  }
  return span(state, tones[state] ?? 'plain')
}

/** `node eu-1  up 3h02m  2 threads`, with what else there is to say. */
export function heading({ node, nowMs }: Page, ...facts: readonly (Span | string)[]): Line {
  const state = node.state === 'open' ? [] : [span(node.state, 'bad')]
  const all = [span(node.node, 'bold'), `up ${age(nowMs - node.startedAtMs)}`, ...state, ...facts]
  return all.flatMap((fact, index) => (index === 0 ? [fact] : ['  ', fact]))
}

/** What is missing from an answer, and why. */
export function gaps(
  { silent, truncated = false }: { silent: readonly SilentThread[]; truncated?: boolean },
  width: number,
  more = '',
): Line[] {
  const lines = silent.flatMap(({ thread, busyWith = '' }) =>
    toned(`! thread ${thread} gives no answer${busyWith && `: ${busyWith}`}`, 'bad', width),
  )
  if (truncated && silent.length === 0)
    lines.push(...toned(`… there is more${more && `: ${more}`}`, 'warn', width))
  return lines.length === 0 ? [] : [[], ...lines]
}

/** A sentence of one tone on as many lines as it needs. */
export function toned(text: string, tone: Tone, width: number): Line[] {
  return wrap(text, width).map((part) => [span(part, tone)])
}

/** `key  value` lines, the values in one column, on as many lines as they need. */
export function pairs(
  entries: readonly (readonly [string, Span | string | undefined])[],
  width: number,
): Line[] {
  const known = entries.filter((entry): entry is [string, Span | string] => entry[1] !== undefined)
  const keyWidth = Math.max(0, ...known.map(([key]) => key.length))
  return known.flatMap(([key, value]) => {
    const { text, tone } = typeof value === 'string' ? span(value) : value
    return wrap(text, width - keyWidth - 4).map(
      (part, index): Line => [
        '  ',
        span((index === 0 ? key : '').padEnd(keyWidth), 'dim'),
        '  ',
        span(part, tone),
      ],
    )
  })
}

/** `user alice, phase live` */
export function aboutText(about: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(about)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ')
}
