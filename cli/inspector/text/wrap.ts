/** wrap: a text as lines of a width, broken between words where there are some. Pure. */

import { visible } from '../../chat/visible.ts'
import { cut, widthOf } from './width.ts'

/** Narrower would be a column of single words. */
const WIDTH_MIN = 20

export function wrap(text: string, width: number): string[] {
  const limit = Math.max(WIDTH_MIN, width)
  const lines: string[] = []
  let line = ''
  for (const word of visible(text)
    .split(' ')
    .flatMap((each) => pieces(each, limit))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > limit) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** A word longer than a line, in parts that fit. */
function pieces(word: string, limit: number): string[] {
  const parts: string[] = []
  let rest = word
  while (widthOf(rest) > limit) {
    const part = cut(rest, limit).slice(0, -1)
    parts.push(part)
    rest = rest.slice(part.length)
  }
  return [...parts, rest]
}
