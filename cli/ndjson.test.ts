import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fromLines, toLines } from './ndjson.ts'

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

async function rowsOf(...chunks: readonly (string | Uint8Array)[]): Promise<unknown[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk))
  return await Array.fromAsync(fromLines(each(bytes), 'x.ndjson'))
}

describe('lines of JSON', () => {
  it('come back as the rows they were, however the bytes are cut', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.json().map((json) => ({ row: JSON.parse(json) as unknown }))),
        fc.integer({ min: 1, max: 50 }),
        async (rows, size) => {
          const text = Buffer.from((await Array.fromAsync(toLines(each(rows)))).join(''))
          const cut = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
            text.subarray(i * size, (i + 1) * size),
          )
          assert.deepEqual(await rowsOf(...cut), JSON.parse(JSON.stringify(rows)))
        },
      ),
    ))

  it('need no newline at the end and may be empty', async () => {
    assert.deepEqual(await rowsOf('1\n\n2'), [1, 2])
    assert.deepEqual(await rowsOf(), [])
  })

  it('are written in chunks, not one by one', async () => {
    const chunks = await Array.fromAsync(toLines(each(Array.from({ length: 10_000 }, (_, n) => ({ n })))))
    assert.ok(chunks.length < 10, `${chunks.length} chunks`)
  })

  it('that are not JSON are named by number and not repeated', async () => {
    await assert.rejects(rowsOf('1\n{"body":"hello\n'), (error: Error) => {
      assert.equal(error.message, 'Cannot read x.ndjson: line 2 is not JSON in UTF-8')
      return true
    })
  })

  it('that are not UTF-8 are refused rather than changed', async () => {
    await assert.rejects(rowsOf(Uint8Array.of(0x22, 0xff, 0x22)), /line 1 is not JSON in UTF-8/)
  })
})
