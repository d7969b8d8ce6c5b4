/**
 * Rows as lines of JSON (NDJSON), both ways as streams: memory holds a chunk and a row, never the whole.
 *
 * Reading refuses what is not UTF-8 or not JSON and names the line, never its content. Empty lines are skipped.
 */

import { Failure } from './failure.ts'

/** A guild is one row with all its members, so a line may be long; beyond this the file is something else. */
const LINE_BYTES_MAX = 512 * 1_024 * 1_024
/** Rows are written in chunks of about this many characters: one system call each. */
const CHUNK_CHARS = 64 * 1_024
const NEWLINE = 0x0a

export async function* toLines(rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  let chunk = ''
  for await (const row of rows) {
    chunk += `${JSON.stringify(row)}\n`
    if (chunk.length < CHUNK_CHARS) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

/** The rows of `name`, parsed and otherwise unchecked. @throws Failure that names the line */
export async function* fromLines(input: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<unknown> {
  let number = 0
  for await (const line of lines(input, name)) {
    number += 1
    if (line.length > 0) yield parse(line, number, name)
  }
}

async function* lines(input: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of input) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)])
      parts = []
      length = 0
      from = end + 1
    }
    parts.push(chunk.subarray(from))
    length += chunk.length - from
    if (length > LINE_BYTES_MAX)
      throw new Failure(`Cannot read ${name}: a line is over ${LINE_BYTES_MAX} bytes`)
  }
  yield Buffer.concat(parts)
}

function parse(line: Buffer, number: number, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line)) as unknown
  } catch {
    // Not the parser's own words: they quote the line, which may be what somebody wrote.
    throw new Failure(`Cannot read ${name}: line ${number} is not JSON in UTF-8`)
  }
}
