/**
 * Columns that a text takes on a terminal, and texts cut and filled to a number of columns.
 *
 * Expects text without control characters (`visible` sees to that). Terminals disagree about some emoji; what this takes
 * for two columns and a terminal for one shifts the rest of that line and nothing else.
 */

/** Each of them is one column: ASCII, Latin, and what tables and trees are drawn with. */
const SIMPLE = /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u2026\u2190-\u21ff\u2500-\u25cf\u2713\u2717]*$/
const CUT = '…'

export function widthOf(text: string): number {
  if (SIMPLE.test(text)) return text.length // most texts, and far faster
  let width = 0
  for (const { segment } of unicode().graphemes.segment(text)) width += columnsOf(segment)
  return width
}

/** At most `width` columns of the text; `…` stands for the rest. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width <= 0) return ''
  let kept = ''
  let left = width - 1
  for (const { segment } of unicode().graphemes.segment(text)) {
    left -= columnsOf(segment)
    if (left < 0) break
    kept += segment
  }
  return kept + CUT
}

/** Exactly `width` columns. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width)
  const space = ' '.repeat(Math.max(0, width - widthOf(shown)))
  return align === 'left' ? shown + space : space + shown
}

function columnsOf(grapheme: string): number {
  const { empty, wide } = unicode()
  if (empty.test(grapheme)) return 0
  return wide.test(grapheme) ? 2 : 1
}

interface Unicode {
  readonly graphemes: Intl.Segmenter
  /** East Asian wide and full-width characters, and what is drawn as an emoji. */
  readonly wide: RegExp
  /** Marks without a base, joiners, tags: they take no column. */
  readonly empty: RegExp
}

let built: Unicode | undefined

/** Built when a text needs it: its tables take 20 ms, and most texts are simple. */
function unicode(): Unicode {
  built ??= {
    graphemes: new Intl.Segmenter('en', { granularity: 'grapheme' }),
    wide: /\p{RGI_Emoji}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/v,
    empty: /^[\p{Mn}\p{Me}\p{Cf}]+$/u,
  }
  return built
}
