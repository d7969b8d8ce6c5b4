/** The inspector in a real terminal: keys, colours, sizes, and that the terminal is given back as it was. */

import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { details, HOSTILE, top, topRow } from '../testing/answers.ts'
import { answering, FakeNode, HELLO, type Request } from '../testing/fake-node.ts'
import { Tmux } from '../testing/tmux.ts'

let node: FakeNode | undefined
let terminal: Tmux | undefined

afterEach(async () => {
  await terminal?.close()
  await node?.stop()
})

const ROWS = [
  topRow({
    ref: '<1.1.1>',
    name: 'busybody',
    handledPerSecond: 50,
    mailboxLength: 1,
    busy: 0.9,
    heapBytes: 10,
  }),
  topRow({
    ref: '<1.2.2>',
    name: 'talker',
    handledPerSecond: 900,
    mailboxLength: 2,
    busy: 0.1,
    heapBytes: 20,
  }),
  topRow({
    ref: '<1.3.3>',
    name: 'hoarder',
    handledPerSecond: 1,
    mailboxLength: 4_000,
    busy: 0,
    heapBytes: 30,
  }),
]

/** Counts its answers in the number of actors, so that the screen tells whether looks go on. */
async function openTop(size = { columns: 80, rows: 24 }, env: Record<string, string> = {}): Promise<Tmux> {
  let looks = 0
  node = await FakeNode.start((request: Request) => {
    if (request.kind === 'info') return { value: details({ ref: '<1.1.1>', name: String(request.target) }) }
    if (request.kind !== 'top') return answering({})(request)
    const followed = ROWS.find(({ ref }) => ref === request.follow)
    return { value: top(ROWS, { actors: ++looks, followed }) }
  })
  const args = ['top', '--interval', '100ms', '--socket', node.path]
  terminal = await Tmux.guildhall(args, { ...size, env })
  await terminal.shows(/talker/)
  return terminal
}

/** Names in the order in which they stand on the screen. */
function order(screen: string): string[] {
  return [...screen.matchAll(/^[ ▸●]+(\w+) +<1\./gm)].map(([, name]) => name ?? '')
}

function looksOf(screen: string): number {
  return Number(/(\d+) actors/.exec(screen)?.[1])
}

async function ended(opened: Tmux, code: number): Promise<void> {
  const screen = await opened.shows(/\[ended \d+\]/)
  assert.match(
    screen,
    new RegExp(`\\[before\\]\\n[\\s\\S]*\\[ended ${code}\\]`),
    'what stood there before is there again',
  )
  assert.doesNotMatch(screen, /talker/)
  assert.match(await opened.shows(/^isig /m), /^isig icanon iexten echo /m, 'raw mode is off')
  assert.deepEqual(await opened.modes(), { alternate: false, cursor: true })
}

describe('top in a terminal', () => {
  it('sorts by another column', async () => {
    const opened = await openTop()
    assert.deepEqual(order(await opened.screen()), ['talker', 'busybody', 'hoarder'])
    await opened.type('s')
    await opened.shown('busybody first', (screen) => order(screen)[0] === 'busybody')
    await opened.type('s')
    const screen = await opened.shown('hoarder first', (each) => order(each)[0] === 'hoarder')
    assert.match(screen, /▼MAILBOX/)
    await opened.type('S')
    await opened.shown('busybody first', (each) => order(each)[0] === 'busybody')
  })

  it('pauses and goes on', async () => {
    const opened = await openTop()
    await opened.type('Space')
    const paused = await opened.shows(/PAUSED/)
    await opened.type('s') // it is drawn anew, with the same answer
    const later = await opened.shown('busybody first', (screen) => order(screen)[0] === 'busybody')
    assert.equal(looksOf(later), looksOf(paused))
    await opened.type('Space')
    await opened.shown('newer answers', (screen) => looksOf(screen) > looksOf(paused) + 1)
  })

  it('filters as it is typed, and asks the node for what fits', async () => {
    const opened = await openTop()
    await opened.type('/', 'hoa')
    await opened.shown('hoarder alone', (screen) => order(screen).join() === 'hoarder')
    await opened.type('Enter')
    await opened.shows(/filter hoa/)
    await opened.shown('another look', () => node?.requests.at(-1)?.match === 'hoa')
    await opened.type('Escape')
    await opened.shown('all again', (screen) => order(screen).length === 3)
  })

  it('follows one actor', async () => {
    const opened = await openTop()
    await opened.type('Down', 'Down')
    await opened.shows(/▸ +busybody/)
    await opened.type('Enter')
    await opened.shows(/● busybody <1\.1\.1> +idle[\s\S]*msg\/s +█[\s\S]*last +frame → ack → frame/)
    assert.equal(node?.requests.findLast(({ kind }) => kind === 'info')?.target, 'busybody')
    await opened.type('Enter')
    await opened.shown('no followed actor', (screen) => !screen.includes('● busybody'))
  })

  it('shows the last column of lines that fill the width', async () => {
    const opened = await openTop()
    await opened.type('/', 'x'.repeat(100), 'Enter')
    const [first = ''] = (await opened.shows(/filter x+…$/m)).split('\n')
    assert.equal(first.length, 80)
  })

  it('explains its keys', async () => {
    const opened = await openTop()
    await opened.type('?')
    await opened.shows(/any key goes back/)
    await opened.type('x')
    await opened.shows(/talker/)
  })

  it('quits with q and gives the terminal back', async () => {
    const opened = await openTop()
    assert.deepEqual(await opened.modes(), { alternate: true, cursor: false })
    await opened.type('q')
    await ended(opened, 0)
  })

  it('gives the terminal back at Ctrl-C', async () => {
    const opened = await openTop()
    await opened.type('C-c')
    await ended(opened, 130)
  })

  it('gives the terminal back at SIGTERM', async () => {
    const opened = await openTop()
    await opened.kill('SIGTERM')
    await ended(opened, 143)
  })

  it('gives the terminal back and says why when the node dies', async () => {
    const opened = await openTop()
    await node?.stop()
    await opened.shows(/Cannot wait for the node at [\s\S]*CONNECTION_LOST/)
    await ended(opened, 3)
  })

  it('gives the terminal back when it crashes, with the error on it', async () => {
    const opened = await openTop({ columns: 80, rows: 60 })
    node?.breakDown()
    await opened.shows(/TypeError/)
    await ended(opened, 1)
  })

  it('goes on after Ctrl-Z where nothing can stop it', async () => {
    const opened = await openTop() // the first of its session, which the system does not stop
    const before = looksOf(await opened.screen())
    await opened.type('C-z')
    await opened.shown('newer answers', (screen) => looksOf(screen) > before + 2)
    assert.deepEqual(await opened.modes(), { alternate: true, cursor: false })
  })

  it('fits 80 columns, uses 200, and follows the size of the terminal', async () => {
    const opened = await openTop()
    assert.doesNotMatch(await opened.screen(), /PARENT/)
    await opened.resize(200, 50)
    const wide = await opened.shows(/HANDLED +PARENT/)
    assert.match(wide, /w mean of 5/)
    await opened.resize(80, 24)
    await opened.shown('narrow again', (screen) => !screen.includes('PARENT'))
  })

  it('has colours, but not where NO_COLOR is set', async () => {
    const coloured = await openTop()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    assert.match(await coloured.colours(), /\u001b\[3[1-6]m/)
    await coloured.close()
    await node?.stop()
    const plain = await openTop(undefined, { NO_COLOR: '1' })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    assert.doesNotMatch(await plain.colours(), /\u001b\[[1-9]/)
  })
})

describe('a write on a terminal', () => {
  const blast = {
    ...{ actors: 1, types: [], children: 0, links: 0, monitors: 0, sessions: 1, conversations: 0 },
    ...{ guilds: 0, members: 1, users: [HOSTILE], complete: true },
  }

  async function openKill(): Promise<Tmux> {
    node = await FakeNode.start(({ kind, dryRun }) =>
      kind === 'hello'
        ? { value: HELLO }
        : { value: { done: dryRun === false, effect: 'end session <1.2.3>', blast } },
    )
    const args = ['kill', '1.2.3', '--socket', node.path]
    terminal = await Tmux.guildhall(args, { columns: 80, rows: 24 })
    await terminal.shows(
      /dry run {2}end session <1\.2\.3>[\s\S]*users {5}␛\[2J[\s\S]*Do you want to kill\? \[y\/N\]/,
    )
    return terminal
  }

  it('is done after a yes', async () => {
    const opened = await openKill()
    await opened.type('y', 'Enter')
    await opened.shows(/✓ {2}end session[\s\S]*\[ended 0\]/)
    assert.deepEqual(
      node?.requests.map(({ dryRun }) => dryRun),
      [undefined, true, false],
    )
  })

  it('is not done after anything else', async () => {
    const opened = await openKill()
    await opened.type('Enter')
    await opened.shows(/Nothing is done[\s\S]*\[ended 1\]/)
    assert.equal(node?.requests.length, 2)
  })

  it('is not done after Ctrl-C', async () => {
    const opened = await openKill()
    await opened.type('C-c')
    await opened.shows(/nothing is done[\s\S]*\[ended 130\]/)
    assert.equal(node?.requests.length, 2)
  })
})
