/** The desk: who gets an answer while others ask for too much, and what becomes of work that takes too long. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { FakeClock } from '../fake-clock.ts'
import type { Right } from './access.ts'
import { AuditLog } from './audit.ts'
import { type Caller, type Calls, call, type Streams, stream } from './command.ts'
import type { AdminKind } from './contract.ts'
import { Desk } from './desk.ts'
import { flag, Refusal } from './params.ts'

const log = { info() {}, warn() {}, error() {} }
const owner: Right = { who: 'owner', may: 'write', door: 'socket', expiresAtMs: undefined }
const reader: Right = { who: 'user ops', may: 'read', door: 'port', expiresAtMs: undefined }
const asked = (kind: AdminKind, right: Right, request = {}) => {
  return { kind, request, connection: 1, as: undefined, right }
}

/** A desk whose `ps`, `threads` and `kill` do what the test says. */
function desk(t: TestContext, work: (caller: Caller & { emit?: (event: never) => boolean }) => unknown) {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-desk-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const clock = new FakeClock()
  const run = async (_: unknown, caller: Caller) => (await work(caller)) as never
  const calls = {
    ps: call('ps', { fields: {}, rights: 'read', run }),
    threads: call('threads', { fields: {}, rights: 'read', isAlways: true, run }),
    kill: call('kill', { fields: { dryRun: flag }, rights: 'write', run }),
  } as unknown as Calls
  const watch = stream('watch', {
    fields: {},
    run: async (_, caller, emit) => (await work({ ...caller, emit })) as never,
  })
  const streams = { watch } as unknown as Streams
  const made = new Desk({ calls, streams, clock, audit: new AuditLog(folder, log), log })
  const audit = (): { phase: string; result: string; write: number; run: string }[] =>
    readFileSync(join(folder, 'audit.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  return { desk: made, clock, audit, folder }
}

/** Whatever has happened by now has its effect. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error))
    return error.failure.code
  }
}

describe('the places of a desk', () => {
  it('are taken by readers of a door up to 16, and then by nobody of this door who reads', async (t) => {
    let go = (): void => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const { desk: tested } = desk(t, () => gate.then(() => ({})))
    const open = Array.from({ length: 16 }, () => codeOf(tested.answer(asked('ps', reader))))
    assert.equal(await codeOf(tested.answer(asked('ps', reader))), 'BUSY')
    const others = [
      tested.answer(asked('ps', owner)),
      tested.answer(asked('threads', reader)),
      tested.answer(asked('kill', owner)),
    ]
    await settled()
    go()
    assert.deepEqual(await Promise.all([...others.map(codeOf), ...open]), Array(19).fill('ok'))
    assert.equal(await codeOf(tested.answer(asked('ps', reader))), 'ok')
  })

  it('are counted before anyone waits for time', async (t) => {
    const { desk: tested, clock } = desk(t, ({ spend }) => {
      spend(400)
      return {}
    })
    assert.equal(await codeOf(tested.answer(asked('ps', reader))), 'ok')
    const waiting = Array.from({ length: 20 }, () => codeOf(tested.answer(asked('ps', reader))))
    assert.deepEqual(new Set(await Promise.all(waiting.slice(16))), new Set(['BUSY']))
    clock.advance(1_000)
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['ok', 'BUSY']))
  })

  it('are given up by whoever only waits', async (t) => {
    const gates: (() => void)[] = []
    const wait = () => new Promise<void>((resolve) => gates.push(resolve))
    let waits = true
    const { desk: tested } = desk(t, async ({ aside }) => {
      if (waits) await aside(wait)
      return {}
    })
    const tops = Array.from({ length: 16 }, () => codeOf(tested.answer(asked('ps', reader))))
    await settled()
    waits = false
    assert.equal(await codeOf(tested.answer(asked('ps', reader))), 'ok')
    for (const go of gates) go()
    assert.deepEqual(new Set(await Promise.all(tops)), new Set(['ok']))
  })

  it('of streams are bounded too, and free when they end', async (t) => {
    const ends: (() => void)[] = []
    const { desk: tested } = desk(t, () => new Promise<void>((resolve) => ends.push(resolve)))
    const { signal } = new AbortController()
    const watch = () => codeOf(tested.stream(asked('watch', reader), () => true, signal))
    const open = Array.from({ length: 16 }, watch)
    await settled()
    assert.equal(await watch(), 'BUSY')
    for (const end of ends) end()
    await Promise.all(open)
    const next = watch()
    await settled()
    ends.at(-1)?.()
    assert.equal(await next, 'ok')
  })
})

describe('the time of a desk', () => {
  it('cannot be used up by readers for those who write, nor for the hello and the dry run before it', async (t) => {
    const { desk: tested } = desk(t, ({ may, spend }) => {
      if (may === 'read') spend(100_000)
      return {}
    })
    for (const kind of ['ps', 'threads'] as const) {
      assert.equal(await codeOf(tested.answer(asked(kind, reader))), 'ok')
      assert.equal(await codeOf(tested.answer(asked(kind, reader))), 'BUSY')
    }
    assert.equal(await codeOf(tested.answer(asked('threads', owner))), 'ok')
    assert.equal(await codeOf(tested.answer(asked('ps', owner))), 'BUSY')
    assert.equal(await codeOf(tested.answer(asked('kill', owner, { dryRun: true }))), 'ok')
    assert.equal(await codeOf(tested.answer(asked('kill', owner))), 'ok')
  })

  it('that a write costs is not paid by readers', async (t) => {
    const { desk: tested } = desk(t, ({ spend }) => {
      spend(100_000)
      return {}
    })
    assert.equal(await codeOf(tested.answer(asked('kill', owner))), 'ok')
    assert.equal(await codeOf(tested.answer(asked('kill', owner))), 'BUSY')
    assert.equal(await codeOf(tested.answer(asked('ps', reader))), 'ok')
  })

  it('is at most 1% of a thread, whatever is asked for how long', async (t) => {
    let spentMs = 0
    const { desk: tested, clock } = desk(t, ({ spend }) => {
      spend(3)
      spentMs += 3
      return {}
    })
    const seconds = 600
    for (let second = 0; second < seconds; second++) {
      const all = Array.from({ length: 12 }, () => [
        codeOf(tested.answer(asked('ps', reader))),
        codeOf(tested.answer(asked('threads', reader))),
        codeOf(tested.answer(asked('kill', owner))),
      ]).flat()
      await settled()
      clock.advance(1_000)
      await Promise.all(all)
    }
    // Beyond it: the bursts, and what was in work when the time was used up.
    assert.ok(spentMs <= seconds * 10 + 600 + 36 * 3, `${spentMs} ms`)
    assert.ok(spentMs >= seconds * 5, `${spentMs} ms`)
  })

  it('lets a stream have another round only while there is some', async (t) => {
    const rounds: boolean[] = []
    const { desk: tested } = desk(t, ({ again, spend }) => {
      rounds.push(again())
      spend(100_000)
      rounds.push(again())
      return { why: 'done' }
    })
    await tested.stream(asked('watch', reader), () => true, new AbortController().signal)
    assert.deepEqual(rounds, [true, false])
  })

  it('is spent by what a stream tells, too', async (t) => {
    const told: boolean[] = []
    const { desk: tested } = desk(t, ({ emit, again }) => {
      emit?.({} as never)
      told.push(again())
      return { why: 'done' }
    })
    const slow = (): boolean => {
      const endMs = performance.now() + 401 // more than the burst
      while (performance.now() < endMs);
      return true
    }
    await tested.stream(asked('watch', reader), slow, new AbortController().signal)
    assert.deepEqual(told, [false])
  })
})

describe('work that takes too long', () => {
  it('is told to stop after 15 s, and keeps its place until it does', async (t) => {
    const signals: AbortSignal[] = []
    const ends: (() => void)[] = []
    const { desk: tested, clock } = desk(t, ({ signal }) => {
      signals.push(signal)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
    const answers = Array.from({ length: 16 }, () => codeOf(tested.answer(asked('ps', reader))))
    await settled()
    clock.advance(14_999)
    assert.equal(signals[0]?.aborted, false)
    clock.advance(1)
    assert.deepEqual(new Set(await Promise.all(answers)), new Set(['TIMEOUT']))
    assert.ok(signals.every(({ aborted }) => aborted))
    assert.equal(await codeOf(tested.answer(asked('ps', reader))), 'BUSY')
    for (const end of ends) end()
    await settled()
    const next = codeOf(tested.answer(asked('ps', reader)))
    await settled()
    ends.at(-1)?.()
    assert.equal(await next, 'ok')
  })

  it('is uncertain in the audit log when it writes, until its end is known', async (t) => {
    let end = (): void => {}
    const {
      desk: tested,
      clock,
      audit,
    } = desk(t, async () => {
      await new Promise<void>((resolve) => {
        end = resolve
      })
      return { effect: 'it ends' }
    })
    const answer = codeOf(tested.answer(asked('kill', owner)))
    await settled()
    clock.advance(15_000)
    assert.equal(await answer, 'TIMEOUT')
    end()
    await settled()
    assert.deepEqual(
      audit().map(({ phase, result }) => [phase, result]),
      [
        ['begun', undefined],
        ['uncertain', 'TIMEOUT'],
        ['done', 'it ends'],
      ],
    )
  })

  it('is uncertain, too, when a thread gave no answer in time', async (t) => {
    const { desk: tested, audit } = desk(t, () => {
      throw new Refusal('TIMEOUT', 'Cannot kill: no answer')
    })
    assert.equal(await codeOf(tested.answer(asked('kill', owner))), 'TIMEOUT')
    assert.deepEqual(
      audit().map(({ phase }) => phase),
      ['begun', 'uncertain'],
    )
  })
})

describe('the lines of an audit log', () => {
  it('tell the writes of one process from those of the next', async (t) => {
    const { desk: tested, audit, folder } = desk(t, () => ({}))
    await tested.answer(asked('kill', owner))
    new AuditLog(folder, log).write({
      ...{ write: 1, phase: 'begun', who: 'x', as: undefined, what: 'kill', params: {}, result: undefined },
    })
    const [first, second, other] = audit()
    assert.equal(first?.run, second?.run)
    assert.deepEqual([first?.write, other?.write], [1, 1])
    assert.notEqual(first?.run, other?.run)
  })
})
