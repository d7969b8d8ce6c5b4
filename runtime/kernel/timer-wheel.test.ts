import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { TIMER_DELAY_MAX, TimerNode, TimerWheel } from './timer-wheel.ts'

class Timer extends TimerNode {
  readonly fire: () => void
  constructor(fire: () => void = () => {}) {
    super()
    this.fire = fire
  }
}

/** The same as a list: a timer is due at a whole number of ms after the origin, not before its time. */
class Model {
  readonly #origin: number
  #tick = 0
  #running: { readonly timer: Timer; readonly tick: number }[] = []

  constructor(originMs: number) {
    this.#origin = originMs
  }

  start(timer: Timer, nowMs: number, delayMs: number): void {
    const tick = Math.max(Math.ceil(nowMs - this.#origin + delayMs), this.#tick + 1)
    this.#running.push({ timer, tick })
  }

  cancel(timer: Timer): void {
    this.#running = this.#running.filter((entry) => entry.timer !== timer)
  }

  /** What is due, in order. The sort is stable: timers of one tick stay as they were started. */
  advance(nowMs: number): Timer[] {
    this.#tick = Math.max(this.#tick, Math.floor(nowMs - this.#origin))
    const due = this.#running.filter(({ tick }) => tick <= this.#tick).sort((a, b) => a.tick - b.tick)
    this.#running = this.#running.filter(({ tick }) => tick > this.#tick)
    return due.map(({ timer }) => timer)
  }

  get size(): number {
    return this.#running.length
  }

  /** When the first one is due. */
  get first(): number {
    return this.#origin + Math.min(...this.#running.map(({ tick }) => tick))
  }
}

const HOUR_MS = 3_600_000
/** Eighths: clocks stand between ticks, and sums stay exact. */
const eighths = (maxMs: number): fc.Arbitrary<number> => fc.nat(maxMs * 8).map((n) => n / 8)
const anyMs = fc.oneof(fc.nat(70), eighths(5_000), eighths(70 * HOUR_MS))
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      ms: fc.oneof(anyMs, fc.constant(TIMER_DELAY_MAX)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(100) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: anyMs }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 300 }) }),
  },
)

describe('a timer wheel', () => {
  it('fires what a sorted list would fire, in the same order, whatever is started, cancelled and waited for', () => {
    const property = fc.property(eighths(1e8), fc.array(command, { maxLength: 200 }), (origin, commands) => {
      let now = origin
      const wheel = new TimerWheel(origin)
      const model = new Model(origin)
      const fired: Timer[] = []
      const timers: Timer[] = []
      for (const command of commands) {
        if (command.do === 'start') {
          const timer = new Timer(() => fired.push(timer))
          timers.push(timer)
          wheel.start(timer, now, command.ms)
          model.start(timer, now, command.ms)
        } else if (command.do === 'cancel') {
          const timer = timers[command.which % timers.length]
          if (timer === undefined) continue
          const { running } = timer
          assert.equal(wheel.cancel(timer), running)
          model.cancel(timer)
        } else {
          now += command.ms
          if (command.do === 'wait') continue // the clock goes on before the host looks at it
          wheel.advance(now)
          const expected = model.advance(now)
          assert.deepEqual(
            fired.map((timer) => timers.indexOf(timer)),
            expected.map((timer) => timers.indexOf(timer)),
          )
          fired.length = 0
        }
        assert.equal(wheel.size, model.size)
        assert.ok(wheel.nextDeadline() <= model.first, 'the host wakes up in time')
      }
    })
    fc.assert(property, { numRuns: 400 })
  })

  it('needs to be advanced at its next deadline only, and a few times at the most, to fire a timer', () => {
    const property = fc.property(fc.integer({ min: 0, max: TIMER_DELAY_MAX }), (delayMs) => {
      const wheel = new TimerWheel(0)
      let firedAt: number | undefined
      let now = 0
      wheel.start(new Timer(() => (firedAt = now)), 0, delayMs)
      let wakeUps = 0
      while (firedAt === undefined) {
        now = wheel.nextDeadline()
        wheel.advance(now)
        wakeUps++
      }
      assert.equal(firedAt, Math.max(delayMs, 1))
      assert.ok(wakeUps <= 5, `${wakeUps} wake-ups, one for each level`)
    })
    fc.assert(property)
  })

  it('never fires early when the clock stands between two ticks', () => {
    const wheel = new TimerWheel(0)
    let fired = false
    wheel.advance(10.9)
    wheel.start(new Timer(() => (fired = true)), 10.9, 1)
    wheel.advance(11.8)
    assert.equal(fired, false)
    wheel.advance(12)
    assert.equal(fired, true)
  })

  it('keeps a timer that is started by another one for the next tick', () => {
    const wheel = new TimerWheel(0)
    const fired: string[] = []
    const second = new Timer(() => fired.push('second'))
    wheel.start(
      new Timer(() => {
        fired.push('first')
        wheel.start(second, 5, 0)
      }),
      0,
      5,
    )
    wheel.advance(5)
    assert.deepEqual(fired, ['first'])
    wheel.advance(6)
    assert.deepEqual(fired, ['first', 'second'])
  })

  it('lets a timer cancel another one of the same tick', () => {
    const wheel = new TimerWheel(0)
    const fired: string[] = []
    const second = new Timer(() => fired.push('second'))
    wheel.start(new Timer(() => void wheel.cancel(second)), 0, 5)
    wheel.start(second, 0, 5)
    wheel.advance(10)
    assert.deepEqual([fired, wheel.size, wheel.nextDeadline()], [[], 0, Infinity])
  })

  it('keeps its time over years', () => {
    const wheel = new TimerWheel(0)
    const year = 365 * 24 * HOUR_MS
    let now = 0
    let beats = 0
    const beat = new Timer(() => {
      beats++
      wheel.start(beat, now, TIMER_DELAY_MAX)
    })
    wheel.start(beat, now, TIMER_DELAY_MAX)
    while (now < 10 * year) {
      now = wheel.nextDeadline()
      wheel.advance(now)
    }
    assert.equal(beats, Math.ceil((10 * year) / TIMER_DELAY_MAX))
  })

  it('starts timers after years without any', () => {
    const wheel = new TimerWheel(0)
    let fired = false
    const now = 40 * 365 * 24 * HOUR_MS
    wheel.start(new Timer(() => (fired = true)), now, TIMER_DELAY_MAX)
    for (let next = wheel.nextDeadline(); next < Infinity; next = wheel.nextDeadline()) {
      assert.equal(fired, false)
      wheel.advance(next)
    }
    assert.equal(fired, true)
  })
})
