import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { details, HOSTILE, pageAt, top, topRow } from '../../testing/answers.ts'
import type { Key } from '../terminal/keys.ts'
import { lineWidth, paint } from '../text/line.ts'
import { pressed, rowsOf, sampled, type TopState, topState, trailOf } from './state.ts'
import { topScreen } from './view.ts'

const A = topRow({ ref: '<1.1.1>', name: 'a', handledPerSecond: 10, mailboxLength: 5, busy: 0.5 })
const B = topRow({ ref: '<1.2.2>', type: 'conversation', handledPerSecond: 20, mailboxLength: 0, busy: 0.1 })
const C = topRow({ ref: '<1.3.3>', handledPerSecond: 0, mailboxLength: 900, busy: 0 })

function after(state: TopState, ...keys: readonly Key[]): TopState {
  return keys.reduce(pressed, state)
}

function refs(state: TopState): string[] {
  return rowsOf(state).map(({ ref }) => ref)
}

const LOOKED = sampled(topState({}), top([A, B, C]))

describe('top sorts', () => {
  it('by messages per second first, by the next column with each s, back with S, directly with a number', () => {
    assert.deepEqual(refs(LOOKED), [B.ref, A.ref, C.ref])
    assert.deepEqual(refs(after(LOOKED, 's')), [A.ref, B.ref, C.ref])
    assert.deepEqual(refs(after(LOOKED, 's', 's')), [C.ref, A.ref, B.ref])
    assert.deepEqual(refs(after(LOOKED, 's', 'S')), refs(LOOKED))
    assert.deepEqual(refs(after(LOOKED, '3')), [C.ref, A.ref, B.ref])
  })

  it('by means over the window; an actor that was not among the busiest at a look was idle then', () => {
    const state = [top([A, B]), top([A]), top([{ ...A, handledPerSecond: 40 }, B])].reduce(sampled0, LOOKED0)
    assert.equal(rowsOf(state)[0]?.handledPerSecond, 20)
    assert.equal(rowsOf(state)[1]?.handledPerSecond?.toFixed(1), '13.3')
    const one = after(state, 'w', 'w', 'w', 'w')
    assert.equal(one.window, 5)
    assert.equal(rowsOf(after(state, 'w', 'w', 'w'))[0]?.handledPerSecond, 40, 'over one look')
  })
})

const LOOKED0 = topState({})
const sampled0 = (state: TopState, next: Parameters<typeof sampled>[1]): TopState => sampled(state, next)

describe('top filters', () => {
  it('while it is typed, keeps it with enter, drops it with escape', () => {
    const typing = after(LOOKED, '/', 'c', 'o', 'n')
    assert.deepEqual(refs(typing), [B.ref])
    assert.deepEqual(refs(after(typing, 'escape')), refs(LOOKED))
    const kept = after(typing, 'v', 'backspace', 'enter')
    assert.equal(kept.filter, 'con')
    assert.deepEqual(refs(kept), [B.ref])
    assert.deepEqual(refs(after(kept, 'escape')), refs(LOOKED))
  })

  it('takes letters that are keys otherwise as text', () => {
    assert.deepEqual(after(LOOKED, '/', 'q', ' ', 'p').typing, 'q p')
  })

  it('finds a ref', () => {
    assert.deepEqual(refs(after(LOOKED, '/', ...C.ref, 'enter')), [C.ref])
  })
})

describe('top follows', () => {
  it('the actor under the cursor, wherever that goes when the order changes', () => {
    const chosen = after(LOOKED, 'down', 'down')
    assert.equal(chosen.selected, A.ref)
    assert.equal(after(chosen, '3').selected, A.ref)
    assert.equal(after(chosen, 'enter').followed?.target, 'a', 'by its name, which outlives a restart')
    assert.equal(after(chosen, 'end', 'f').followed?.target, C.ref, 'by its ref, when it has no name')
  })

  it('nobody else: what the node says of the one before is no news of this one', () => {
    const first = sampled(after(LOOKED, 'down', 'enter'), top([A, B], { followed: B }))
    const second = sampled(
      after(first, 'down', 'enter'),
      top([A, B], { followed: B }),
      details({ ref: B.ref }),
    )
    assert.equal(second.followed?.target, 'a')
    assert.equal(second.followed?.details, undefined)
    assert.deepEqual(new Set(trailOf(second)), new Set([undefined]))
    const news = sampled(second, top([A], { followed: A }), details({ ref: '<1.9.9>', name: 'a' }))
    assert.equal(news.followed?.ref, '<1.9.9>')
    assert.equal(trailOf(news).at(-1)?.ref, A.ref)
  })

  it('until told otherwise', () => {
    const following = after(LOOKED, 'enter')
    assert.equal(after(following, 'enter').followed, undefined)
    assert.equal(after(following, 'escape').followed, undefined)
  })
})

describe('top ends and pauses', () => {
  it('with q, with space and p', () => {
    assert.equal(after(LOOKED, 'q').done, true)
    assert.equal(after(LOOKED, ' ').paused, true)
    assert.equal(after(LOOKED, 'p', ' ').paused, false)
  })
})

describe('the screen of top', () => {
  const screen = (state: TopState, width: number, height: number): string[] =>
    topScreen(state, pageAt(width), height).map((line) => paint(line, { width, colours: false }))

  it('shows node, threads, the busiest and the keys, at 80 columns and 24 lines', () => {
    const lines = screen(LOOKED, 80, 24)
    assert.equal(lines.length, 24)
    assert.equal(lines[0], 'eu-1  up 3h00m  15,043 actors  12.3k msg/s')
    assert.match(lines[1] ?? '', /^THR +STATE +BUSY +LAG/)
    assert.match(lines[5] ?? '', /ACTOR +REF +▼MSG\/S +BUSY +MAILBOX +WAIT +MEMORY/)
    assert.match(lines[6] ?? '', /conversation +<1\.2\.2> +20 +10%/)
    assert.match(lines[23] ?? '', /^q quit .*s sort msg\/s .*\? help$/)
  })

  it('says that it is paused, what it filters by, what it waits for, and why there is no answer', () => {
    assert.match(screen(after(LOOKED, ' '), 80, 24)[0] ?? '', /PAUSED/)
    assert.match(screen(after(LOOKED, '/', 'a', 'enter'), 80, 24)[0] ?? '', /filter a$/)
    assert.match(screen(after(LOOKED, '/', 'a', 'b'), 80, 24)[23] ?? '', /^filter: ab/)
    assert.match(screen(topState({}), 80, 24).join('\n'), /waiting for the first answer/)
    assert.match(screen({ ...LOOKED, trouble: 'Cannot: busy' }, 80, 24)[23] ?? '', /^! Cannot: busy/)
    assert.match(screen(after(LOOKED, '?'), 80, 24)[0] ?? '', /^top: the busiest/)
    assert.match(screen(after(LOOKED, '/', 'x'), 80, 24).join('\n'), /No actor is like that/)
  })

  it('shows how the followed actor went, and that it has gone', () => {
    const following = after(LOOKED, 'down', 'down', 'enter')
    const there = sampled(following, top([A], { followed: A }))
    assert.match(screen(there, 80, 24).join('\n'), /● a <1\.1\.1> +idle/)
    assert.match(screen(sampled(there, top([B])), 80, 24).join('\n'), /● a <1\.1\.1> +gone/)
    const stuck = top([B], { silent: [{ thread: 1, busyWith: 'x' }] })
    assert.match(screen(sampled(there, stuck), 80, 24).join('\n'), /● a <1\.1\.1> +no answer/)
  })

  it('scrolls so that the cursor is on it', () => {
    const rows = Array.from({ length: 100 }, (_, i) =>
      topRow({ ref: `<1.${i}.1>`, handledPerSecond: 100 - i }),
    )
    const state = after(sampled(topState({}), top(rows)), 'end')
    assert.match(screen(state, 80, 24).join('\n'), /▸ +session +<1\.99\.1>/)
  })

  it('fits every width, whatever actors and filters are called', () => {
    const hostile = topRow({ name: HOSTILE, type: HOSTILE, current: HOSTILE })
    const state = after(sampled(topState({}), top([hostile])), 'down', 'enter', '/', ...HOSTILE.slice(5, 11))
    for (const width of [80, 120, 200]) {
      for (const line of topScreen(state, pageAt(width), 30)) {
        assert.ok(lineWidth(line) <= width || line.length < 8, paint(line, { width: 500, colours: false }))
        assert.doesNotMatch(paint(line, { width, colours: false }), /\p{Cc}/u)
      }
    }
  })
})
