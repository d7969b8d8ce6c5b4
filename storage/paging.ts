/** Which rows of a gap-free log a page holds. Pure: every store uses it, so that pages are the same everywhere. */

export interface PageRange {
  readonly after?: number | undefined
  readonly before?: number | undefined
  readonly limit: number
}

/** First and last number of the page, both included; `from > to` is an empty page. */
export interface PageBounds {
  readonly from: number
  readonly to: number
  readonly more: boolean
}

export function pageBounds(head: number, { after, before, limit }: PageRange): PageBounds {
  const last = before === undefined ? head : Math.min(head, before - 1)
  if (after !== undefined) {
    const to = Math.min(last, after + limit)
    return { from: after + 1, to, more: to < last && after < last }
  }
  const from = Math.max(1, last - limit + 1)
  return { from, to: last, more: from > 1 && last > 0 }
}
