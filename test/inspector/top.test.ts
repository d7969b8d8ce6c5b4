/** `guildhall top` in a real terminal, on a real node with people who talk. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Tmux } from '../../cli/testing/tmux.ts'
import { LocalServer } from '../chat/local-server.ts'
import { pair } from '../chat/people.ts'

let server: LocalServer
let top: Tmux
let talking = true
let talk: Promise<void>

before(async () => {
  server = await LocalServer.start({ threads: 1 })
  const { alice, dm } = await pair(server.url)
  talk = (async () => {
    while (talking) await alice.say(dm, 'hello')
  })()
  const args = ['top', '--interval', '200ms', '--window', '1', '--data', server.data]
  top = await Tmux.guildhall(args, { columns: 100, rows: 30 })
})

after(async () => {
  await top.close()
  talking = false
  await talk
  await server.stop()
})

/** The actors in their order, with the number in a column. */
function rowsOf(screen: string): { readonly name: string; readonly line: string }[] {
  return [...screen.matchAll(/^[ ▸●] +(\S+) +<\d+\.\d+\.\d+> .*$/gm)].map(([line, name]) => ({
    name: name ?? '',
    line,
  }))
}

describe('top on a real node', () => {
  it('shows the threads and who is busiest', async () => {
    const screen = await top.shown('rates', (each) => /msg\/s/.test(each) && rowsOf(each).length > 5)
    assert.match(screen, /THR +STATE +BUSY[\s\S]*0 +main[\s\S]*1 +running/)
    assert.match(screen, /▼MSG\/S/)
    await top.shown('the talk', (each) => /[1-9]\d* +(<?\d)/.test(rowsOf(each)[0]?.line ?? ''))
  })

  it('sorts by memory, in which gateway or supervisors lead', async () => {
    await top.type('5')
    const screen = await top.shows(/▼MEMORY/)
    assert.ok(rowsOf(screen).length > 5)
    await top.type('1')
    await top.shows(/▼MSG\/S/)
  })

  it('pauses: nothing moves, although people go on talking', async () => {
    await top.type('Space')
    const paused = await top.shows(/PAUSED/)
    const handled = rowsOf(paused).map(({ line }) => line)
    await top.type('?', '?') // help and back: the screen is drawn twice
    const later = await top.shown('the same rows', (each) => rowsOf(each).length === handled.length)
    assert.deepEqual(
      rowsOf(later).map(({ line }) => line),
      handled,
    )
    await top.type('Space')
    await top.shown('no pause', (each) => !each.includes('PAUSED'))
  })

  it('filters by what is typed', async () => {
    await top.type('/', 'session', 'Enter')
    await top.shown('sessions only', (each) => {
      const rows = rowsOf(each)
      const isInForce = /match .*filter session$/m.test(each)
      return isInForce && rows.length >= 3 && rows.every(({ name }) => name.startsWith('session'))
    })
    await top.type('Escape')
    await top.shown('all', (each) => rowsOf(each).some(({ name }) => name === 'gateway'))
  })

  it('follows one actor, with what it tells of itself', async () => {
    await top.type('/', 'users.1', 'Enter')
    await top.shown('users.1 alone', (each) => rowsOf(each).length === 1)
    await top.type('f')
    await top.shows(/● users\.1 <1\.\d+\.\d+> {2}\w+[\s\S]*users 2[\s\S]*msg\/s +.*█[\s\S]*last +.*→/)
  })

  it('quits', async () => {
    await top.type('q')
    await top.shows(/\[before\]\n\[ended 0\]/)
  })
})
