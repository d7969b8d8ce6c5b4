import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeExit, type ExitReason } from '../actor/exit-reason.ts'
import type { SupervisorReport } from '../kernel/events.ts'
import { child, type Restart } from './child-spec.ts'
import { supervisor } from './supervisor.ts'
import type { Strategy } from './supervisor-spec.ts'
import { TestTree } from './test-tree.ts'

const GENEROUS = { restarts: 10, periodMs: 5_000 }

/** Children `a`, `b` and `c`, of which `b` restarts as told. */
async function threeChildren(strategy: Strategy, restart: Restart): Promise<TestTree> {
  const tree = new TestTree()
  const { puppet } = tree
  const spec = {
    strategy,
    intensity: GENEROUS,
    children: [
      child('a', puppet, { arg: 'a' }),
      child('b', puppet, { arg: 'b', restart }),
      child('c', puppet, { arg: 'c' }),
    ],
  }
  await tree.start(supervisor('top', spec))
  return tree
}

const NORMAL: ExitReason[] = ['normal', 'shutdown', { shutdown: 'planned' }]
const ABNORMAL: ExitReason[] = ['odd', 'noproc', 'threadDown', { error: 'Error', message: 'bad' }]
const reasonName = (reason: ExitReason): string =>
  typeof reason === 'string' ? reason : (Object.keys(reason)[0] ?? '')

const RESTART_ORDER: Record<Strategy, string[]> = {
  oneForOne: ['start b'],
  oneForAll: ['stop c: shutdown', 'stop a: shutdown', 'start a', 'start b', 'start c'],
  restForOne: ['stop c: shutdown', 'start b', 'start c'],
}

describe('when child b of a, b, c ends', () => {
  for (const strategy of ['oneForOne', 'oneForAll', 'restForOne'] as const) {
    for (const restart of ['permanent', 'transient', 'temporary'] as const) {
      for (const reason of [...NORMAL, ...ABNORMAL]) {
        const abnormal = ABNORMAL.includes(reason)
        const restarts = restart === 'permanent' || (restart === 'transient' && abnormal)
        const expected = restarts ? RESTART_ORDER[strategy] : []
        it(`${strategy}, ${restart}, ${reasonName(reason)}: ${expected.join(', ') || 'nothing'}`, async () => {
          const tree = await threeChildren(strategy, restart)
          await tree.end('b', reason)
          assert.deepEqual(tree.happened().slice(1), expected)
          assert.equal(await tree.isRunning('b'), restarts)
          assert.equal(tree.exitReason, undefined)
        })
      }
      it(`${strategy}, ${restart}, killed: as after any abnormal end`, async () => {
        const tree = await threeChildren(strategy, restart)
        await tree.kill('b')
        assert.deepEqual(tree.happened(), restart === 'temporary' ? [] : RESTART_ORDER[strategy])
      })
    }
  }
})

describe('a restart of several children', () => {
  it('leaves out temporary children, which are only stopped', async () => {
    const tree = new TestTree()
    const { puppet } = tree
    const children = [
      child('a', puppet, { arg: 'a' }),
      child('b', puppet, { arg: 'b', restart: 'temporary' }),
    ]
    await tree.start(supervisor('top', { strategy: 'oneForAll', children }))
    await tree.crash('a')
    assert.deepEqual(tree.happened().slice(1), ['stop b: shutdown', 'start a'])
    assert.equal(await tree.isRunning('b'), false)
  })

  it('brings back a transient child that had ended as planned, as OTP does', async () => {
    const tree = await threeChildren('oneForAll', 'transient')
    await tree.end('b', 'normal')
    tree.happened()
    await tree.crash('a')
    assert.deepEqual(tree.happened().slice(1), ['stop c: shutdown', 'start a', 'start b', 'start c'])
  })

  it('counts once when another child dies meanwhile', async () => {
    const tree = new TestTree()
    const { puppet } = tree
    tree.stubborn.add('c')
    const children = ['a', 'b', 'c'].map((id) => child(id, puppet, { arg: id, shutdownMs: 100 }))
    await tree.start(
      supervisor('top', { strategy: 'oneForAll', intensity: { restarts: 1, periodMs: 5_000 }, children }),
    )
    const b = await tree.ref('b')
    await tree.crash('a')
    tree.sim.send(b, { type: 'crash' })
    await tree.sim.advance(100)
    assert.equal(await tree.isRunning('b'), true)
    assert.equal(tree.exitReason, undefined)
    const [ofB] = tree.sim.events.filter((event) => event.type === 'supervisor' && event.child === 'b')
    assert.match(describeExit((ofB as SupervisorReport).reason as ExitReason), /told to crash/)
  })
})

describe('a supervisor allowed 3 restarts in 5 s', () => {
  const start = async (): Promise<TestTree> => {
    const tree = new TestTree()
    const children = [child('a', tree.puppet, { arg: 'a' }), child('b', tree.puppet, { arg: 'b' })]
    await tree.start(
      supervisor('top', { strategy: 'oneForOne', intensity: { restarts: 3, periodMs: 5_000 }, children }),
    )
    return tree
  }

  it('keeps restarting a child that crashes 3 times', async () => {
    const tree = await start()
    for (let crash = 1; crash <= 3; crash++) await tree.crash('a')
    assert.equal(await tree.isRunning('a'), true)
  })

  it('stops its children in reverse order and exits with shutdown on the 4th crash, whichever child it is', async () => {
    const tree = await start()
    for (const id of ['a', 'b', 'a']) await tree.crash(id)
    tree.happened()
    await tree.crash('a')
    assert.deepEqual(tree.happened().slice(1), ['stop b: shutdown'])
    assert.equal(tree.exitReason, 'shutdown')
    assert.ok(tree.reports().includes('gaveUp a'))
  })

  it('still counts a crash exactly as old as the period', async () => {
    const tree = await start()
    for (let crash = 1; crash <= 3; crash++) await tree.crash('a')
    await tree.sim.advance(5_000)
    await tree.crash('a')
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('forgets crashes older than the period', async () => {
    const tree = await start()
    for (let crash = 1; crash <= 3; crash++) await tree.crash('a')
    await tree.sim.advance(5_001)
    for (let crash = 1; crash <= 3; crash++) await tree.crash('a')
    assert.equal(await tree.isRunning('a'), true)
  })
})

describe('a supervisor allowed no restart', () => {
  it('exits with shutdown on the first crash', async () => {
    const tree = new TestTree()
    const children = [child('a', tree.puppet, { arg: 'a' })]
    await tree.start(
      supervisor('top', { strategy: 'oneForOne', intensity: { restarts: 0, periodMs: 1 }, children }),
    )
    await tree.crash('a')
    assert.equal(tree.exitReason, 'shutdown')
  })
})

describe('a restart whose init fails', () => {
  it('counts and is tried again', async () => {
    const tree = await threeChildren('oneForOne', 'permanent')
    tree.failing.set('b', 2)
    await tree.crash('b')
    assert.deepEqual(tree.happened().slice(1), ['fail b', 'fail b', 'start b'])
    assert.equal(await tree.isRunning('b'), true)
  })

  it('gives up when the budget is spent', async () => {
    const tree = await threeChildren('oneForOne', 'permanent')
    tree.failing.set('b', 100)
    await tree.crash('b')
    assert.equal(tree.happened().filter((line) => line === 'fail b').length, GENEROUS.restarts)
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('keeps the children before it running and starts those after it when it succeeds', async () => {
    const tree = await threeChildren('oneForAll', 'permanent')
    tree.failing.set('b', 1)
    await tree.crash('c')
    assert.deepEqual(tree.happened().slice(1), [
      'stop b: shutdown',
      'stop a: shutdown',
      'start a',
      'fail b',
      'stop a: shutdown',
      'start a',
      'start b',
      'start c',
    ])
  })
})

describe('significant children', () => {
  const start = async (
    autoShutdown: 'anySignificant' | 'allSignificant',
    restart: Restart,
  ): Promise<TestTree> => {
    const tree = new TestTree()
    const { puppet } = tree
    const children = [
      child('a', puppet, { arg: 'a', restart, significant: true }),
      child('b', puppet, { arg: 'b', restart, significant: true }),
      child('c', puppet, { arg: 'c' }),
    ]
    await tree.start(
      supervisor('top', { strategy: 'oneForOne', intensity: GENEROUS, autoShutdown, children }),
    )
    return tree
  }

  for (const restart of ['transient', 'temporary'] as const) {
    it(`anySignificant: the normal end of one ${restart} child stops the others and ends the supervisor`, async () => {
      const tree = await start('anySignificant', restart)
      await tree.end('a', 'normal')
      assert.deepEqual(tree.happened().slice(1), ['stop c: shutdown', 'stop b: shutdown'])
      assert.equal(tree.exitReason, 'shutdown')
    })

    it(`allSignificant: the end of the last ${restart} child ends the supervisor, not one before`, async () => {
      const tree = await start('allSignificant', restart)
      await tree.end('a', 'normal')
      assert.equal(tree.exitReason, undefined)
      await tree.end('b', 'normal')
      assert.equal(tree.exitReason, 'shutdown')
    })
  }

  it('a transient one that crashes is restarted instead', async () => {
    const tree = await start('anySignificant', 'transient')
    await tree.crash('a')
    assert.equal(await tree.isRunning('a'), true)
    assert.equal(tree.exitReason, undefined)
  })

  it('a temporary one that crashes ends the supervisor', async () => {
    const tree = await start('anySignificant', 'temporary')
    await tree.crash('a')
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('the end of an insignificant child means nothing', async () => {
    const tree = await start('anySignificant', 'temporary')
    await tree.end('c', 'normal')
    assert.equal(tree.exitReason, undefined)
  })
})

describe('a child with backoff', () => {
  const start = async (strategy: Strategy): Promise<TestTree> => {
    const tree = new TestTree()
    const { puppet } = tree
    const backoff = { minMs: 100, maxMs: 400, jitter: false }
    const children = [child('a', puppet, { arg: 'a', backoff }), child('b', puppet, { arg: 'b' })]
    await tree.start(supervisor('top', { strategy, intensity: { restarts: 100, periodMs: 5_000 }, children }))
    return tree
  }

  it('is restarted after minMs, twice that, and so on up to maxMs', async () => {
    const tree = await start('oneForOne')
    for (const waitMs of [100, 200, 400, 400]) {
      await tree.crash('a')
      tree.happened()
      await tree.sim.advance(waitMs - 1)
      assert.deepEqual(tree.happened(), [])
      await tree.sim.advance(1)
      assert.deepEqual(tree.happened(), ['start a'])
    }
  })

  it('waits longer after a failed start as well', async () => {
    const tree = await start('oneForOne')
    tree.failing.set('a', 1)
    await tree.crash('a')
    tree.happened()
    await tree.sim.advance(100)
    assert.deepEqual(tree.happened(), ['fail a'])
    await tree.sim.advance(200)
    assert.deepEqual(tree.happened(), ['start a'])
  })

  it('begins anew when it has run for maxMs', async () => {
    const tree = await start('oneForOne')
    for (let crash = 1; crash <= 3; crash++) {
      await tree.crash('a')
      await tree.sim.advance(400)
    }
    await tree.sim.advance(400)
    await tree.crash('a')
    tree.happened()
    await tree.sim.advance(100)
    assert.deepEqual(tree.happened(), ['start a'])
  })

  it('does not hold up other children', async () => {
    const tree = await start('oneForOne')
    await tree.crash('a')
    tree.happened()
    await tree.crash('b')
    assert.deepEqual(tree.happened().slice(1), ['start b'])
  })

  it('takes its group down at once and brings it back together', async () => {
    const tree = await start('oneForAll')
    await tree.crash('a')
    assert.deepEqual(tree.happened().slice(1), ['stop b: shutdown'])
    await tree.sim.advance(100)
    assert.deepEqual(tree.happened(), ['start a', 'start b'])
  })
})
