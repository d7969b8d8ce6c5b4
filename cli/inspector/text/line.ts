/**
 * Line: what a view shows, as spans with a tone each; `paint` makes the text of it.
 *
 * Guarantees: whatever a span holds, the painted text has no control character, no escape sequence and no mark that turns
 * the direction of text but those of its own tones. Views are pure: they make lines, and only here is anything coloured.
 */

import { visible } from '../../chat/visible.ts'
import { cut, widthOf } from './width.ts'

export type Tone = 'plain' | 'dim' | 'bold' | 'good' | 'warn' | 'bad' | 'accent' | 'inverse'

export interface Span {
  readonly text: string
  readonly tone: Tone
}

export type Line = readonly (Span | string)[]

/** On and off, of the palette that every terminal theme sets itself. */
const SGR: Readonly<Record<Exclude<Tone, 'plain'>, readonly [number, number]>> = {
  dim: [2, 22],
  bold: [1, 22],
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  accent: [36, 39],
  inverse: [7, 27],
}

export interface Paper {
  /** Columns; lines are cut there. */
  readonly width: number
  readonly colours: boolean
}

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone }
}

/** The columns that a line takes when nothing cuts it. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, part) => sum + widthOf(visible(textOf(part))), 0)
}

export function paint(line: Line, { width, colours }: Paper): string {
  let left = width
  let painted = ''
  for (const part of line) {
    if (left <= 0) break
    const text = cut(visible(textOf(part)), left)
    left -= widthOf(text)
    painted += toned(text, colours && typeof part !== 'string' ? part.tone : 'plain')
  }
  return painted.trimEnd()
}

function textOf(part: Span | string): string {
  return typeof part === 'string' ? part : part.text
}

function toned(text: string, tone: Tone): string {
  if (tone === 'plain' || text === '') return text
  const [on, off] = SGR[tone]
  return `\u001b[${on}m${text}\u001b[${off}m`
}
