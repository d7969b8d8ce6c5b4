import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'

function bench(...args: string[]) {
  const program = path.join(import.meta.dirname, 'main.ts')
  return spawnSync(process.execPath, ['--no-warnings', program, ...args], { encoding: 'utf8' })
}

describe('the bench command', () => {
  it('prints its scenarios and options with --help', () => {
    const { status, stdout } = bench('--help')
    assert.equal(status, 0)
    assert.match(stdout, /^Usage: npm run bench.*runtime.*--quick.*--json FILE/s)
  })

  for (const [fact, args, message] of [
    ['without a scenario', [], /no scenario is named/],
    ['with an unknown scenario', ['speed'], /Cannot run the scenario "speed": there is only runtime/],
    ['with an unknown option', ['runtime', '--fast'], /Cannot read the options: Unknown option '--fast'/],
    ['with a seed that is no number', ['runtime', '--seed', 'x'], /Cannot use the seed "x"/],
    ['with --box elsewhere', ['herd', '--box'], /Cannot run herd with --box: only connections has it/],
    ['with --count alone', ['connections', '--count', '5'], /it belongs to connections --box/],
    [
      'with a count of no number',
      ['connections', '--box', '--count', 'all'],
      /count "all": it is not a whole/,
    ],
    ['with one argument too many', ['runtime', 'now'], /"now" is one argument too many/],
    [
      'with a file in a directory that is not there',
      ['runtime', '--json', 'no/such/x.json'],
      /does not exist/,
    ],
    ['with a report of a file that is not there', ['report', 'no.json'], /Cannot read no\.json: ENOENT/],
    ['with a directory as its file', ['runtime', '--json', tmpdir()], /it is a directory/],
  ] as const) {
    it(`exits with 2 and the reason ${fact}, before it measures anything`, () => {
      const { status, stderr, stdout } = bench(...args)
      assert.equal(status, 2)
      assert.match(stderr, message)
      assert.equal(stdout, '')
    })
  }
})
