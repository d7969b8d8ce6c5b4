/**
 * The last line of an export file: it says how many rows stand before it, so that a file that was cut short, by a full
 * disk or a broken pipe, is not taken for the whole.
 */

import { Failure } from './failure.ts'

const TYPE = 'end'

/** The rows, and after them the end. */
export async function* withEnd(rows: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  let count = 0
  for await (const row of rows) {
    count += 1
    yield row
  }
  yield { type: TYPE, rows: count }
}

/** The rows before the end of the file `name`. @throws Failure when the end is missing, early or counts otherwise */
export async function* untilEnd(rows: AsyncIterable<unknown>, name: string): AsyncGenerator<unknown> {
  let count = 0
  let announced: number | undefined
  for await (const row of rows) {
    if (announced !== undefined) throw new Failure(`Cannot read ${name}: rows follow its end`)
    announced = endOf(row)
    if (announced !== undefined) continue
    count += 1
    yield row
  }
  if (announced === undefined) throw new Failure(`Cannot read ${name}: it was cut short after ${count} rows`)
  if (announced !== count) throw new Failure(`Cannot read ${name}: ${count} rows are left of ${announced}`)
}

function endOf(row: unknown): number | undefined {
  if (typeof row !== 'object' || row === null || !('type' in row) || row.type !== TYPE) return undefined
  return 'rows' in row && typeof row.rows === 'number' ? row.rows : Number.NaN
}
