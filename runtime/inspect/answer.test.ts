import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor } from '../actor/definition.ts'
import type { Down, ReplyTo } from '../actor/messages.ts'
import { type AnyRef, parseRef, type Ref } from '../actor/ref.ts'
import { Simulation } from '../simulation/simulation.ts'
import { PAGE_ROWS_MAX } from './actor-page.ts'
import type { ActorRow } from './actor-row.ts'
import { answer } from './answer.ts'
import { Tripwire } from './hostile-values.ts'
import { PAGE_WORK_MAX } from './page-meter.ts'
import type { InspectRequest } from './requests.ts'

type NoteMsg =
  | { type: 'note'; text: string; extra?: unknown }
  | { type: 'wait' }
  | { type: 'spawn'; link: boolean }
  | { type: 'monitor'; ref: AnyRef }
  | { type: 'ask'; to: Ref<NoteMsg> }
  | { type: 'query'; replyTo: ReplyTo<number> }
  | Down

interface NoteState {
  readonly notes: string[]
}

const NEVER = new Promise<void>(() => {})

const notebook = defineActor<NoteState, NoteMsg, string>({
  name: 'notebook',
  mailbox: { limit: 4 },
  init: (first) => ({ notes: [first] }),
  handle({ notes }, msg, ctx) {
    switch (msg.type) {
      case 'note':
        notes.push(msg.text)
        return
      case 'wait':
        return NEVER
      case 'spawn':
        ctx.spawn(notebook, 'child', { link: msg.link })
        return
      case 'monitor':
        ctx.monitor(msg.ref)
        return
      case 'ask':
        ctx.ask(msg.to, { type: 'query' }, () => ({ type: 'note', text: 'answered' }))
        return
      case 'query':
        ctx.reply(msg.replyTo, notes.length)
        return
      case 'down':
        notes.push(`down ${msg.reason}`)
    }
  },
})

/** Asks as the inspector does: what crosses is a copy. */
async function ask<Request extends InspectRequest>(simulation: Simulation, request: Request, thread = 0) {
  return structuredClone(await answer(simulation.kernel(thread), structuredClone<Request>(request)))
}

async function info(simulation: Simulation, ref: AnyRef) {
  const found = await ask(simulation, { kind: 'info', ref: ref.toString() })
  assert.ok(found !== undefined, `${ref} is not alive`)
  return found
}

async function allRows(simulation: Simulation, rows = PAGE_ROWS_MAX): Promise<ActorRow[]> {
  const all: ActorRow[] = []
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page: { rows: readonly ActorRow[]; next: number | undefined } = await ask(simulation, {
      kind: 'page',
      from,
      rows,
    })
    all.push(...page.rows)
    from = page.next
  }
  return all
}

describe('the row of an actor', () => {
  it('tells who it is and who started it', async () => {
    const simulation = new Simulation()
    const parent = simulation.spawn(notebook, 'a', { name: 'main' })
    simulation.send(parent, { type: 'spawn', link: true })
    await simulation.run()
    const [row, child] = await allRows(simulation)
    assert.deepEqual(
      [row?.ref, row?.name, row?.type, row?.kind, row?.parent],
      [`${parent}`, 'main', 'notebook', 'actor', undefined],
    )
    assert.deepEqual([child?.parent, child?.links], [`${parent}`, { count: 1, first: [`${parent}`] }])
    assert.deepEqual(row?.links, { count: 1, first: [child?.ref] })
  })

  it('counts what it has handled, what waits, and for how long', async () => {
    const simulation = new Simulation()
    const ref = await simulation.start(notebook, 'a')
    simulation.send(ref, { type: 'note', text: 'x' })
    simulation.send(ref, { type: 'wait' })
    await simulation.run()
    simulation.send(ref, { type: 'note', text: 'y' })
    await simulation.advance(70)
    const row = await info(simulation, ref)
    assert.deepEqual([row.handled, row.mailboxLength, row.oldestAgeMs], [2, 1, 70])
    assert.deepEqual([row.state, row.current], ['awaiting', 'wait'])
    assert.deepEqual(row.lastMessages, ['note', 'wait'])
  })

  it('tells idle, starting, queued and suspended actors apart', async () => {
    const simulation = new Simulation()
    const ref = simulation.spawn(notebook, 'a')
    const stateNow = async () => (await info(simulation, ref)).state
    assert.equal(await stateNow(), 'starting')
    await simulation.run()
    assert.equal(await stateNow(), 'idle')
    simulation.send(ref, { type: 'note', text: 'x' })
    assert.equal(await stateNow(), 'queued')
    await ask(simulation, { kind: 'operate', verb: 'suspend', ref: ref.toString() })
    assert.equal(await stateNow(), 'suspended')
  })

  it('counts monitors from both sides, also over threads', async () => {
    const simulation = new Simulation({ threads: 2 })
    const [watched, near, far] = [
      await simulation.start(notebook, 'a'),
      await simulation.start(notebook, 'b'),
      await simulation.start(notebook, 'c', 1),
    ]
    for (const watcher of [near, far]) simulation.send(watcher, { type: 'monitor', ref: watched })
    await simulation.advance(10)
    const { watchedBy } = await info(simulation, watched)
    assert.deepEqual(watchedBy, { count: 2, first: [`${near}`, `${far}`] })
    assert.deepEqual((await info(simulation, near)).watching, { count: 1, first: [`${watched}`] })
  })

  it('counts all links of a parent but names only five', async () => {
    const simulation = new Simulation()
    const parent = await simulation.start(notebook, 'a')
    for (let i = 0; i < 12; i++) {
      simulation.send(parent, { type: 'spawn', link: true })
      await simulation.run()
    }
    const [row] = await allRows(simulation)
    assert.deepEqual([row?.links.count, row?.links.first.length], [12, 5])
    assert.equal((await info(simulation, parent)).links.first.length, 12)
    simulation.exit(parseRef(row?.links.first[0] as string) as AnyRef, 'normal')
    await simulation.run()
    assert.equal((await info(simulation, parent)).links.count, 11)
  })

  it('counts refusals of its full mailbox', async () => {
    const simulation = new Simulation()
    const ref = await simulation.start(notebook, 'a')
    for (let i = 0; i < 6; i++) simulation.send(ref, { type: 'note', text: 'x' })
    const row = await info(simulation, ref)
    assert.deepEqual([row.mailboxLength, row.mailboxLimit, row.refused, row.onFull], [4, 4, 2, 'refuse'])
  })

  it('estimates more memory for more state and more messages', async () => {
    const simulation = new Simulation()
    const small = await simulation.start(notebook, 'a')
    const large = await simulation.start(notebook, 'a'.repeat(10_000))
    const before = (await info(simulation, small)).heapBytes
    assert.ok((await info(simulation, large)).heapBytes > before + 9_000)
    simulation.send(small, { type: 'note', text: 'b'.repeat(5_000) })
    assert.ok((await info(simulation, small)).heapBytes > before + 4_500)
  })
})

describe('a page of actors', () => {
  it('has no more rows than were asked for, and goes on where it ended', async () => {
    const simulation = new Simulation()
    for (let i = 0; i < 5; i++) await simulation.start(notebook, 'a')
    const first = await ask(simulation, { kind: 'page', from: 0, rows: 3 })
    assert.deepEqual([first.rows.length, first.next], [3, 3])
    const second = await ask(simulation, { kind: 'page', from: 3, rows: 3 })
    assert.deepEqual([second.rows.length, second.next], [2, undefined])
  })

  it('tells ages as of now', async () => {
    const simulation = new Simulation()
    const ref = await simulation.start(notebook, 'a')
    await ask(simulation, { kind: 'operate', verb: 'suspend', ref: ref.toString() })
    simulation.send(ref, { type: 'note', text: 'x' })
    await simulation.advance(40)
    assert.equal((await allRows(simulation))[0]?.oldestAgeMs, 40)
  })

  it('is bounded by rows and by work, and the pages of 100,000 actors hold each once', async () => {
    const heavy = defineActor<unknown, never, number>({
      name: 'heavy',
      init: (n) => Array.from({ length: n }, () => ({ a: [1, 2], b: 'text' })),
      handle() {},
    })
    const simulation = new Simulation()
    const kernel = simulation.kernel()
    for (let i = 0; i < 100_000; i++) simulation.spawn(heavy, i % 8 === 0 ? 64 : 0)
    while (kernel.run(1_000));
    const seen = new Set<string>()
    for (let from: number | undefined = 0, pages = 0; from !== undefined; pages++) {
      const page: Awaited<ReturnType<typeof ask<{ kind: 'page'; from: number; rows: number }>>> =
        await answer(kernel, {
          kind: 'page',
          from,
          rows: 1_000_000,
        })
      assert.ok(page.rows.length <= PAGE_ROWS_MAX)
      // One row may begin just below the bound; a row looks at no more than 220 values.
      assert.ok(page.work < PAGE_WORK_MAX + 10_000, `page ${pages} took ${page.work}`)
      assert.ok(page.rows.length > 0)
      for (const { ref } of page.rows) seen.add(ref)
      from = page.next
    }
    assert.equal(seen.size, 100_000)
  })

  it('does not stop at the slots of the dead, nor pass over any number of them at once', async () => {
    const simulation = new Simulation()
    const kernel = simulation.kernel()
    const refs = Array.from({ length: 150_000 }, () => simulation.spawn(notebook, 'a'))
    while (kernel.run(1_000));
    for (const ref of refs.slice(0, -1)) await answer(kernel, { kind: 'operate', verb: 'kill', ref })
    while (kernel.run(1_000));
    const first = await ask(simulation, { kind: 'page', from: 0, rows: 500 })
    assert.ok(first.work <= PAGE_WORK_MAX && first.next !== undefined)
    assert.deepEqual(
      (await allRows(simulation)).map((row) => row.ref),
      [`${refs.at(-1)}`],
    )
  })
})

describe('a thread', () => {
  it('is summed up in numbers, with its live actors by type', async () => {
    const simulation = new Simulation()
    const ref = await simulation.start(notebook, 'a')
    simulation.spawn(notebook, 'b')
    for (let i = 0; i < 5; i++) simulation.send(ref, { type: 'note', text: 'x' })
    const summary = await ask(simulation, { kind: 'summary' })
    assert.deepEqual(summary.types, [{ type: 'notebook', kind: 'actor', live: 2 }])
    assert.deepEqual(
      [summary.thread, summary.actors, summary.runQueue, summary.refused, summary.deadLetters],
      [0, 2, 2, 1, 0],
    )
    assert.ok(summary.heapUsedBytes > 0 && summary.heapUsedBytes < summary.heapLimitBytes)
    await simulation.run()
    assert.deepEqual([(await ask(simulation, { kind: 'summary' })).messagesHandled], [4])
  })

  it('lists its dead letters without bodies', async () => {
    const simulation = new Simulation()
    const ref = await simulation.start(notebook, 'a')
    await ask(simulation, { kind: 'operate', verb: 'kill', ref: ref.toString() })
    simulation.send(ref, { type: 'note', text: 'waited' })
    await simulation.run()
    simulation.send(ref, { type: 'note', text: 'late' })
    const { total, letters } = await ask(simulation, { kind: 'deadLetters', limit: 10 })
    assert.equal(total, 2)
    assert.deepEqual(
      letters.map(({ thread, to, messageType, why }) => [thread, to, messageType, why]),
      [
        [0, `${ref}`, 'note', 'ended'],
        [0, `${ref}`, 'note', 'gone'],
      ],
    )
  })
})

describe('peeking', () => {
  async function awaiting() {
    const simulation = new Simulation()
    const ref = await simulation.start(notebook, 'a')
    simulation.send(ref, { type: 'wait' })
    await simulation.run()
    return { simulation, ref }
  }

  it('shows types in order, and no content unless it is asked for', async () => {
    const { simulation, ref } = await awaiting()
    const other = await simulation.start(notebook, 'b')
    simulation.send(ref, { type: 'note', text: 'secret' })
    simulation.send(other, { type: 'ask', to: ref })
    simulation.send(ref, { type: 'note', text: 'third' })
    await simulation.run()
    const peek = await ask(simulation, { kind: 'peek', ref: ref.toString(), messages: 20 })
    assert.equal(JSON.stringify(peek).includes('secret'), false)
    assert.deepEqual(
      peek?.messages.map(({ type, kind }) => `${kind} ${type}`),
      ['message note', 'message note', 'call query'],
    )
    assert.equal(peek?.state, undefined)
    assert.equal((await info(simulation, ref)).mailboxLength, 3, 'nothing was taken')
  })

  it('shows content and state to a depth', async () => {
    const { simulation, ref } = await awaiting()
    simulation.send(ref, { type: 'note', text: 'hi', extra: { deep: { deeper: 1 } } })
    const peek = await ask(simulation, { kind: 'peek', ref: ref.toString(), messages: 1, depth: 2 })
    assert.equal(peek?.messages[0]?.content, "{ type: 'note', text: 'hi', extra: { deep: […] } }")
    assert.equal(peek?.state, "{ notes: [ 'a' ] }")
  })

  it('runs no code of a message that its handler has not seen', async () => {
    const { simulation, ref } = await awaiting()
    const wire = new Tripwire()
    const hostile = new Proxy({}, { get: wire.trip, getPrototypeOf: wire.trip, ownKeys: wire.trip })
    const getter = Object.defineProperty({}, 'type', { get: wire.trip })
    for (const message of [hostile, getter, Object.create(hostile)]) simulation.send(ref, message as NoteMsg)
    const peek = await ask(simulation, { kind: 'peek', ref: ref.toString(), messages: 5, depth: 3 })
    assert.deepEqual(
      peek?.messages.map(({ type, content }) => [type, content]),
      [
        ['proxy', '[Proxy]'],
        ['object', '{}'],
        ['object', '{}'],
      ],
    )
    await info(simulation, ref)
    assert.equal(wire.trips, 0)
  })
})

describe('an operator', () => {
  it('suspends an actor, which keeps its messages and takes them in order when it is resumed', async () => {
    const simulation = new Simulation()
    const ref = await simulation.start(notebook, '0')
    const order = async (verb: 'suspend' | 'resume') =>
      ask(simulation, { kind: 'operate', verb, ref: ref.toString() })
    assert.equal(await order('suspend'), true)
    for (const text of ['1', '2', '3']) simulation.send(ref, { type: 'note', text })
    await simulation.advance(1_000)
    assert.deepEqual(
      [(await info(simulation, ref)).mailboxLength, (await info(simulation, ref)).state],
      [3, 'suspended'],
    )
    assert.equal(await order('resume'), true)
    await simulation.run()
    const peek = await ask(simulation, { kind: 'peek', ref: ref.toString(), messages: 1, depth: 2 })
    assert.equal(peek?.state, "{ notes: [ '0', '1', '2', '3' ] }")
  })

  it('kills an actor that awaits, and its watchers hear that it was killed', async () => {
    const simulation = new Simulation()
    const [victim, watcher] = [await simulation.start(notebook, 'a'), await simulation.start(notebook, 'b')]
    simulation.send(watcher, { type: 'monitor', ref: victim })
    simulation.send(victim, { type: 'wait' })
    await simulation.run()
    const { thread, slot, incarnation } = victim
    assert.equal(
      await ask(simulation, { kind: 'operate', verb: 'kill', ref: { thread, slot, incarnation } }),
      true,
    )
    await simulation.run()
    assert.equal(simulation.isAlive(victim), false)
    const peek = await ask(simulation, { kind: 'peek', ref: watcher.toString(), messages: 1, depth: 2 })
    assert.equal(peek?.state, "{ notes: [ 'b', 'down killed' ] }")
  })

  it('reaches nobody by the ref of an earlier actor', async () => {
    const simulation = new Simulation()
    const old = await simulation.start(notebook, 'a')
    await ask(simulation, { kind: 'operate', verb: 'kill', ref: old.toString() })
    await simulation.run()
    const successor = await simulation.start(notebook, 'b')
    assert.equal(successor.slot, old.slot)
    assert.equal(await ask(simulation, { kind: 'operate', verb: 'kill', ref: old.toString() }), false)
    assert.equal(await ask(simulation, { kind: 'info', ref: old.toString() }), undefined)
    assert.ok(simulation.isAlive(successor))
  })

  it('is told when what he typed is no ref', async () => {
    const request = { kind: 'info', ref: 'lobby' } as const
    await assert.rejects(ask(new Simulation(), request), {
      code: 'BAD_OPTION',
      message: "Cannot inspect 'lobby': it is no ref",
    })
  })
})

describe('the flight recorder', () => {
  it('leaves the types of the last 8 messages in the crash report, the fatal one last', async () => {
    type Msg = { type: string }
    const fragile = defineActor<null, Msg, void>({
      name: 'fragile',
      init: () => null,
      handle(_, msg) {
        if (msg.type === 'bomb') throw new TypeError('boom')
      },
    })
    const simulation = new Simulation()
    const ref = await simulation.start(fragile, undefined)
    for (let i = 1; i <= 10; i++) simulation.send(ref, { type: `m${i}` })
    simulation.send(ref, { type: 'bomb' })
    simulation.send(ref, { type: 'never' })
    await simulation.run()
    const [report] = simulation.events
    assert.ok(report?.type === 'crash')
    assert.deepEqual(report.lastMessages, ['m4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'bomb'])
    assert.deepEqual(
      [report.actor, report.during, report.handled, report.mailboxLength],
      ['fragile', 'handle', 11, 1],
    )
  })
})
