/** Long work on the main thread: measured, and in pieces between which everybody else has his turn. */

import { setImmediate } from 'node:timers/promises'

const PIECE = 250

type Spend = (ms: number) => void

/** Spends what it takes; for what waits for nothing. */
export function timed<T>(spend: Spend, work: () => T): T {
  const startMs = performance.now()
  try {
    return work()
  } finally {
    spend(performance.now() - startMs)
  }
}

/** `items.map(toRow)`. */
export async function inPieces<T, Row>(
  spend: Spend,
  items: readonly T[],
  toRow: (item: T) => Row,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let start = 0; start < items.length; start += PIECE) {
    if (start > 0) await setImmediate()
    timed(spend, () => {
      for (const item of items.slice(start, start + PIECE)) rows.push(toRow(item))
    })
  }
  return rows
}

/** The same object, whose every method spends what it takes; for methods that do their work before they return. */
export function metered<T extends object>(spend: Spend, target: T): T {
  return new Proxy(target, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => timed(spend, () => value.apply(of, args))
    },
  })
}
