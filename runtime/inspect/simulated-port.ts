/**
 * SimulatedPort: the inspector's port to a Simulation, for tests. Threads can be stuck; time passes while
 * they are waited for.
 */

import type { Simulation } from '../simulation/simulation.ts'
import { answer } from './answer.ts'
import type { InspectorPort, ThreadActivity } from './port.ts'
import type { InspectRequest } from './requests.ts'

export class SimulatedPort implements InspectorPort {
  /** Threads that give no answer, with what they are busy with. */
  readonly stuck = new Map<number, ThreadActivity>()
  readonly asked: { readonly thread: number; readonly request: InspectRequest }[] = []
  readonly clock = { now: () => this.#nowMs, monotonic: () => this.#nowMs }
  readonly #simulation: Simulation
  readonly #answerMs: number
  #nowMs = 0

  /** Each question to a thread that answers takes `answerMs` of the port's own clock. */
  constructor(simulation: Simulation, answerMs = 0) {
    this.#simulation = simulation
    this.#answerMs = answerMs
  }

  threads(): readonly number[] {
    return Array.from({ length: this.#simulation.threads }, (_, thread) => thread)
  }

  async ask(thread: number, request: InspectRequest, timeoutMs: number): Promise<unknown> {
    this.asked.push({ thread, request })
    const askedMs = this.#nowMs
    // As over a real port: what is said is a copy, and the answer comes later.
    const arrived = structuredClone(request)
    await Promise.resolve()
    if (this.stuck.has(thread)) {
      // Waits until the others have said what they can.
      await new Promise((resolve) => setImmediate(resolve))
      this.#nowMs = Math.max(this.#nowMs, askedMs + timeoutMs)
      throw new Error('no answer')
    }
    this.#nowMs += this.#answerMs
    return structuredClone(await answer(this.#simulation.kernel(thread), arrived))
  }

  activity(thread: number): ThreadActivity | undefined {
    return this.stuck.get(thread)
  }
}
