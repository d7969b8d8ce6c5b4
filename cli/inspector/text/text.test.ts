import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bytes, count, duration, percent, plural, short } from './format.ts'
import { paint, span } from './line.ts'
import { type Column, table } from './table.ts'
import { cut, fit, widthOf } from './width.ts'

const NO_COLOURS = { width: Number.POSITIVE_INFINITY, colours: false }
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const OWN_CODES = /\u001b\[[0-9]{1,2}m/g

describe('the width of a text', () => {
  it('is one column for a letter, two for what is drawn wide, none for a mark that joins', () => {
    const widths = ['abc', '├─ → …', 'żółw', '你好', '👩‍👩‍👧', 'e\u0301', '\u200b', '🇵🇱'].map(widthOf)
    assert.deepEqual(widths, [3, 6, 4, 4, 2, 1, 0, 2])
  })

  it('is never more than asked for when it is cut, and exactly that when it is fitted', () => {
    assert.equal(cut('session', 7), 'session')
    assert.equal(cut('sessions', 7), 'sessio…')
    assert.equal(fit('你好吗', 4, 'right'), ' 你…')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, width) => {
        assert.ok(widthOf(cut(text, width)) <= width)
        assert.equal(widthOf(fit(text, width)), width)
      }),
    )
  })
})

describe('a painted line', () => {
  it('has colours only where they are wanted', () => {
    const line = ['a ', span('b', 'bad')]
    assert.equal(paint(line, NO_COLOURS), 'a b')
    assert.equal(paint(line, { ...NO_COLOURS, colours: true }), 'a \u001b[31mb\u001b[39m')
  })

  it('shows names that steer a terminal harmlessly, and stays within its width', () => {
    assert.equal(paint([span('\u001b[2J\u202eevil\r\n')], NO_COLOURS), '␛[2J<U+202E>evil␍␊')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(30), fc.boolean(), (text, width, colours) => {
        const painted = paint([span(text, 'warn'), text], { width, colours }).replace(OWN_CODES, '')
        assert.doesNotMatch(painted, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
        assert.ok(widthOf(painted) <= width)
      }),
    )
  })
})

describe('a table', () => {
  const columns: readonly Column[] = [
    { title: 'NAME', min: 8 },
    { title: 'MAILBOX', align: 'right' },
    { title: 'NOTE', min: 6, drop: 1 },
    { title: 'EXTRA', drop: 2 },
  ]
  const rows = [['conversation-of-many', '12', 'a long remark about it', 'only when there is room']]
  const at = (width: number): string[] =>
    table(columns, rows, width).map((line) => paint(line, { width, colours: false }))

  it('has every column when there is room, and no wider than it needs', () => {
    assert.deepEqual(at(200), [
      'NAME                  MAILBOX  NOTE                    EXTRA',
      'conversation-of-many       12  a long remark about it  only when there is room',
    ])
  })

  it('drops columns before it cuts those that matter', () => {
    assert.deepEqual(at(40), ['NAME              MAILBOX  NOTE', 'conversation-of…       12  a long remar…'])
    assert.deepEqual(at(18), ['NAME       MAILBOX', 'conversa…       12'])
  })

  it('fits whatever the width, as long as what may not be cut fits', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 18, max: 120 }), (names, width) => {
        for (const line of table(
          columns,
          names.map((name) => [name, '1', name, name]),
          width,
        )) {
          assert.ok(widthOf(paint(line, NO_COLOURS)) <= width)
        }
      }),
    )
  })

  it('is a heading alone when there are no rows', () => {
    assert.equal(table(columns, [], 80).length, 1)
  })
})

describe('numbers', () => {
  it('are short and carry their unit', () => {
    assert.deepEqual([0, 7, 2.68, 999, 999.6, 15_000, 99_960, 1_234_567].map(short), [
      '0',
      '7',
      '2.7',
      '999',
      '1.0k',
      '15.0k',
      '100k',
      '1.2M',
    ])
    assert.deepEqual([0, 1_023, 1_536, 36_000_000].map(bytes), ['0 B', '1023 B', '1.5 KiB', '34.3 MiB'])
    assert.deepEqual([0, 0.43, 85, 999.6, 1_200, 59_960, 185_000, 7_620_000, 360_000_000].map(duration), [
      '0 ms',
      '0.4 ms',
      '85 ms',
      '1.00 s',
      '1.20 s',
      '1m00s',
      '3m05s',
      '2h07m',
      '4d04h',
    ])
    assert.deepEqual([0, 0.004, 0.0996, 1].map(percent), ['0%', '0.4%', '10%', '100%'])
    assert.deepEqual(
      [count(15_000), plural(1, 'session'), plural(0, 'session')],
      ['15,000', '1 session', '0 sessions'],
    )
  })
})
