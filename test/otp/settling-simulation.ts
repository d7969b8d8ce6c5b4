/**
 * SettlingSimulation: one kernel on a virtual clock that can be run until nothing more happens by itself.
 */

import { TimerNode } from '../../runtime/kernel/timer-wheel.ts'
import { Simulation } from '../../runtime/simulation/index.ts'

/**
 * No timer of a scenario waits longer; what is due later, such as the end of a restart period, is no part of
 * a step.
 */
const HORIZON_MS = 10_000

export class SettlingSimulation extends Simulation {
  /** Runs, and lets time pass only as far as the last timer that a step has started. */
  async settle(): Promise<void> {
    const end = this.nowMs + HORIZON_MS
    for (;;) {
      await this.run()
      const next = this.kernel().nextDeadline()
      if (next > end) return
      await this.advance(next - this.nowMs)
    }
  }

  /** Resolves after some virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.kernel().timers.start(new Alarm(resolve), this.nowMs, ms))
  }
}

class Alarm extends TimerNode {
  readonly fire: () => void

  constructor(fire: () => void) {
    super()
    this.fire = fire
  }
}
