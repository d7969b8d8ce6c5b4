import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { readResult, resultFiles } from './read-results.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'guildhall-report-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const full = path.join(folder, name)
  writeFileSync(full, text)
  return full
}

describe('results for a report', () => {
  it('are the JSON files of a folder, in the order of their names', () => {
    file('b.json', '{}')
    file('a.json', '{}')
    file('report.html', '')
    assert.deepEqual(
      resultFiles(folder).map((name) => path.basename(name)),
      ['a.json', 'b.json'],
    )
  })

  it('are read as they were written', () => {
    const result = { schema: 1, scenario: 'send', machine: {}, metrics: [] }
    assert.deepEqual(readResult(file('c.json', JSON.stringify(result))), result)
  })

  for (const [fact, text, message] of [
    ['of another schema', '{"schema":2}', /c\.json: its schema is 2, and 1 can be read/],
    ['that is no result', '{"schema":1}', /c\.json: it is not the result of a bench/],
    ['that is no JSON', 'x', /Cannot read .*c\.json: Unexpected token/],
  ] as const) {
    it(`refuse a file ${fact} by name`, () => {
      assert.throws(() => readResult(file('c.json', text)), message)
    })
  }

  it('refuse a file that is not there', () => {
    assert.throws(() => readResult(path.join(folder, 'no.json')), /Cannot read .*no\.json: ENOENT/)
  })
})
