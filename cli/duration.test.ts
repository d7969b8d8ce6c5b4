import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseDuration } from './duration.ts'

it('reads seconds, minutes, hours and days', () => {
  assert.deepEqual(['30s', '15m', '1h', '7d'].map(parseDuration), [30, 900, 3_600, 604_800])
})

it('reads nothing else', () => {
  for (const text of [
    '',
    '1',
    's',
    '0s',
    '-1s',
    '1.5h',
    '1 h',
    '1H',
    '1w',
    '1h30m',
    '99999999999d',
    '3651d',
  ]) {
    assert.equal(parseDuration(text), undefined, text)
  }
})
