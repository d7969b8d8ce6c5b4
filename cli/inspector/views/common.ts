/** What several views show the same way. */

import type { PsRow, SilentThread } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { duration } from '../text/format.ts'
import { type Line, type Span, span, type Tone } from '../text/line.ts'

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
  return number(length, String(length), levelTone(length, MAILBOX))
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
  const all = [span(node.node, 'bold'), `up ${duration(nowMs - node.startedAtMs)}`, ...state, ...facts]
  return all.flatMap((fact, index) => (index === 0 ? [fact] : ['  ', fact]))
}

/** What is missing from an answer, and why. */
export function gaps(
  { silent, truncated }: { silent: readonly SilentThread[]; truncated?: boolean },
  more?: string,
): Line[] {
  const lines: Line[] = silent.map(({ thread, busyWith }) => {
    const doing = busyWith === undefined ? '' : `: ${busyWith}`
    return [span(`! thread ${thread} gives no answer${doing}`, 'bad')]
  })
  if (truncated === true && silent.length === 0)
    lines.push([span(`… there is more${more === undefined ? '' : `: ${more}`}`, 'warn')])
  return lines.length === 0 ? [] : [[], ...lines]
}

/** `key  value` lines, the values in one column. */
export function pairs(entries: readonly (readonly [string, Span | string | undefined])[]): Line[] {
  const known = entries.filter((entry): entry is [string, Span | string] => entry[1] !== undefined)
  const width = Math.max(0, ...known.map(([key]) => key.length))
  return known.map(([key, value]) => [span(key.padEnd(width), 'dim'), '  ', value])
}

/** `user alice, phase live` */
export function aboutText(about: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(about)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ')
}
