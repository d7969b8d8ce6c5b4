/**
 * table: rows in columns that fit a width. Pure.
 *
 * When there is too little room, columns with the greatest `drop` are left out, then those with a `min` are cut down to
 * it. When there is more than enough, every column has what its longest cell needs and not more.
 */

import { visible } from '../../chat/visible.ts'
import { type Line, type Span, span } from './line.ts'
import { fit, widthOf } from './width.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** May be cut to so many columns; without it never below its longest cell. */
  readonly min?: number
  /** Never wider than this. */
  readonly max?: number
  /** Left out when room is short, the greatest first; 0, the default, never. */
  readonly drop?: number
}

/** `lead` stands before the text, in the background: the branches of a tree. */
export type Cell = (Span & { readonly lead?: string }) | string
export type Row = readonly Cell[]

const GAP = 2

/** The heading and a line for each row. */
export function table(columns: readonly Column[], rows: readonly Row[], width: number): Line[] {
  const sizes = measure(columns, rows)
  const kept = keep(columns, sizes, width)
  const widths = share(
    kept.map((index) => sizes[index] as Size),
    width,
  )
  const lineOf = (cellOf: (index: number) => Cell): Line =>
    kept.flatMap((index, place) => {
      const gap = place === 0 ? [] : [' '.repeat(GAP)]
      return [...gap, ...fitted(cellOf(index), widths[place] ?? 0, columns[index]?.align)]
    })
  const heading = lineOf((index) => span(columns[index]?.title ?? '', 'dim'))
  return [heading, ...rows.map((row) => lineOf((index) => row[index] ?? ''))]
}

function fitted(cell: Cell, width: number, align: Column['align']): Span[] {
  const { tone, lead = '' } = partsOf(cell)
  const text = fit(shownOf(cell), width, align)
  if (lead === '' || !text.startsWith(lead)) return [span(text, tone)]
  return [span(lead, 'dim'), span(text.slice(lead.length), tone)]
}

function shownOf(cell: Cell): string {
  const { lead = '', text } = partsOf(cell)
  return lead + visible(text)
}

function partsOf(cell: Cell): Span & { readonly lead?: string } {
  return typeof cell === 'string' ? span(cell) : cell
}

interface Size {
  readonly min: number
  readonly natural: number
}

function measure(columns: readonly Column[], rows: readonly Row[]): Size[] {
  return columns.map(({ title, min, max = Number.POSITIVE_INFINITY }, index) => {
    let longest = widthOf(title)
    for (const row of rows) {
      longest = Math.max(longest, widthOf(shownOf(row[index] ?? '')))
    }
    const natural = Math.min(longest, max)
    return { natural, min: Math.min(natural, Math.max(min ?? natural, widthOf(title))) }
  })
}

/** The columns that stay, in their order. */
function keep(columns: readonly Column[], sizes: readonly Size[], width: number): number[] {
  const kept = new Set(columns.keys())
  const leastWidth = (): number =>
    [...kept].reduce((sum, index) => sum + (sizes[index]?.min ?? 0) + GAP, -GAP)
  const droppable = [...columns.keys()]
    .filter((index) => (columns[index]?.drop ?? 0) > 0)
    .sort((a, b) => (columns[b]?.drop ?? 0) - (columns[a]?.drop ?? 0))
  for (const index of droppable) {
    if (leastWidth() <= width) break
    kept.delete(index)
  }
  return [...kept]
}

/** Each its least, then what is left over in turn to those that need more. */
function share(sizes: readonly Size[], width: number): number[] {
  const widths = sizes.map(({ min }) => min)
  let left = width - widths.reduce((sum, each) => sum + each + GAP, -GAP)
  for (const hungry = new Set(sizes.keys()); left > 0 && hungry.size > 0; ) {
    const portion = Math.max(1, Math.floor(left / hungry.size))
    for (const index of hungry) {
      const want = (sizes[index]?.natural ?? 0) - (widths[index] ?? 0)
      const given = Math.min(want, portion, left)
      widths[index] = (widths[index] ?? 0) + given
      left -= given
      if (given === want) hungry.delete(index)
    }
  }
  return widths
}
