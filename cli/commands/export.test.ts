import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { lockFolder } from '../../storage/index.ts'
import { inTemporaryFolder, runCli } from '../testing/cli-process.ts'

const BODY = 'hé "quoted" \u0007 \u2028 👋'

function exampleExport(messages: number): string {
  const header = { type: 'header', format: 'guildhall.export', version: 1 }
  const record = { id: '5', tenant: '', kind: 'dm', createdAt: 1 }
  const rows: object[] = [header, { type: 'conversation', record, members: ['alice', 'bob'] }]
  for (let seq = 1; seq <= messages; seq++) {
    const where = { conversation: '5', seq, messageId: `${100 + seq}`, id: `m${seq}` }
    rows.push({
      type: 'message',
      message: { ...where, author: 'alice', device: 'd', at: seq, kind: 'text', body: BODY },
    })
  }
  for (let n = 1; n <= messages; n++) rows.push({ type: 'inbox', user: 'bob', n, conversation: '5', seq: n })
  return [...rows, { type: 'end', rows: rows.length }].map((row) => `${JSON.stringify(row)}\n`).join('')
}

const parsed = (ndjson: string): unknown[] =>
  ndjson
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

const sorted = (rows: readonly unknown[]): string[] =>
  rows.map((row) => JSON.stringify(row, Object.keys(flat(row)).sort())).sort()

/** All keys at any depth, for an order of keys that does not matter. */
function flat(value: unknown): Record<string, true> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => ({ [key]: true, ...flat(inner) })))
}

describe('guildhall export and import', () => {
  it('bring a store into another folder without a change', () =>
    inTemporaryFolder(async (cwd) => {
      const original = exampleExport(2_000)
      const imported = await runCli(['import', '--data', 'one', '-'], { cwd, input: original })
      assert.deepEqual([imported.code, imported.stderr], [0, 'Imported 4002 rows into one\n'])
      const first = await runCli(['export', '--data', 'one', 'one.ndjson'], { cwd })
      assert.equal(first.code, 0)
      assert.deepEqual(
        sorted(parsed(readFileSync(join(cwd, 'one.ndjson'), 'utf8'))),
        sorted(parsed(original)),
      )
      assert.equal((await runCli(['import', '--data', 'two', 'one.ndjson'], { cwd })).code, 0)
      const second = await runCli(['export', '--data', 'two'], { cwd })
      assert.deepEqual([second.code, second.stderr], [0, 'Exported 4002 rows of two\n'])
      assert.equal(second.stdout, readFileSync(join(cwd, 'one.ndjson'), 'utf8'))
      assert.equal(statSync(join(cwd, 'one.ndjson')).mode & 0o777, 0o600)
      assert.equal(statSync(join(cwd, 'two')).mode & 0o777, 0o700)
    }))

  it('refuse a folder that a node uses, and say so', () =>
    inTemporaryFolder(async (cwd) => {
      const lock = lockFolder(join(cwd, 'data'))
      try {
        for (const args of [
          ['export', 'x.ndjson'],
          ['import', '-'],
        ]) {
          const { code, stderr } = await runCli(args, { cwd, input: exampleExport(1) })
          assert.equal(code, 1)
          assert.match(stderr, new RegExp(`another process \\(pid ${process.pid}\\) uses it`))
        }
        assert.deepEqual(readdirSync(cwd), ['data'])
      } finally {
        lock.release()
      }
    }))

  it('refuse a store that is not empty', () =>
    inTemporaryFolder(async (cwd) => {
      const input = exampleExport(1)
      await runCli(['import', '-'], { cwd, input })
      const { code, stderr } = await runCli(['import', '-'], { cwd, input })
      assert.equal(code, 1)
      assert.match(stderr, /^Cannot load rows: the store is not empty/)
    }))

  it('name the row or line that is wrong and quote nothing of it', () =>
    inTemporaryFolder(async (cwd) => {
      const [header, ...rest] = exampleExport(1).split('\n')
      const broken = [header, ...rest.map((line) => line.replace('"seq":1', '"seq":"hunter2"'))].join('\n')
      const row = await runCli(['import', '--data', 'a', '-'], { cwd, input: broken })
      assert.equal(row.code, 1)
      assert.match(row.stderr, /^Cannot load row 3: /)
      const line = await runCli(['import', '--data', 'b', '-'], { cwd, input: `${header}\n{"hunter2` })
      assert.equal(line.code, 1)
      assert.equal(line.stderr, 'Cannot read stdin: line 2 is not JSON in UTF-8\n')
      assert.doesNotMatch(row.stderr, /hunter2/)
    }))

  it('refuse a file that was cut short, between two lines too, and leave the folder empty', () =>
    inTemporaryFolder(async (cwd) => {
      const lines = exampleExport(3).trimEnd().split('\n')
      const cuts: [string, RegExp][] = [
        [lines.slice(0, -1).join('\n'), /^Cannot read stdin: it was cut short after 8 rows\n$/],
        [lines.toSpliced(-2, 1).join('\n'), /^Cannot read stdin: 7 rows are left of 8\n$/],
        [[...lines, lines[1]].join('\n'), /^Cannot read stdin: rows follow its end\n$/],
      ]
      for (const [input, expected] of cuts) {
        const { code, stderr } = await runCli(['import', '-'], { cwd, input })
        assert.equal(code, 1)
        assert.match(stderr, expected)
      }
      assert.equal((await runCli(['import', '-'], { cwd, input: exampleExport(3) })).code, 0)
    }))

  it('make no folder for a name that is wrong', () =>
    inTemporaryFolder(async (cwd) => {
      const exported = await runCli(['export', '--data', 'gone'], { cwd })
      const imported = await runCli(['import', '--data', 'gone', 'gone.ndjson'], { cwd })
      assert.deepEqual([exported.code, imported.code], [1, 1])
      assert.match(exported.stderr, /^Cannot export gone: there is no such folder/)
      assert.match(imported.stderr, /ENOENT.*gone\.ndjson/)
      assert.ok(!existsSync(join(cwd, 'gone')))
    }))

  it('leave an older export alone when the new one fails', () =>
    inTemporaryFolder(async (cwd) => {
      writeFileSync(join(cwd, 'old.ndjson'), 'old')
      writeFileSync(join(cwd, 'data'), 'no folder')
      assert.equal((await runCli(['export', 'old.ndjson'], { cwd })).code, 1)
      assert.equal(readFileSync(join(cwd, 'old.ndjson'), 'utf8'), 'old')
      assert.deepEqual(readdirSync(cwd).sort(), ['data', 'old.ndjson'])
    }))
})
