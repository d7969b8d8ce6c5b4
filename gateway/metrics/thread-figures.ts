/**
 * ThreadFigures: asks all threads for what they have counted.
 *
 * Guarantees: takes at most `ASK_MS`, whatever the threads do. One that gives no answer is known as `answered: false`;
 * its counters stay at what it said last, and what it holds at this moment is not known. One asking at a time.
 */

import type { Measures, ServicesMsg } from '../../actors/index.ts'
import type { Node, ThreadInfo, ThreadLoad, ThreadSummary } from '../../runtime/index.ts'
import { Totals } from './totals.ts'

/** Leaves a scrape that must answer within 300 ms time for the rest. */
const ASK_MS = 150

export interface ThreadFigure {
  readonly thread: number
  /** Both its kernel and its meter did. */
  readonly answered: boolean
  /** What it holds at this moment; undefined when it gave no answer. */
  readonly summary: ThreadSummary | undefined
  /** What is known without asking; undefined for the main thread. */
  readonly info: ThreadInfo | undefined
  /** As it is seen from outside. */
  readonly load: ThreadLoad | undefined
}

export interface ThreadsFigure {
  readonly threads: readonly ThreadFigure[]
  /** `Measures` of all threads, and `handled/<thread>`, `refused/<thread>`, `deadLetters/<thread>`. */
  readonly totals: ReadonlyMap<string, Float64Array>
}

export class ThreadFigures {
  readonly #node: () => Node
  readonly #totals = new Totals()

  constructor(node: () => Node) {
    this.#node = node
  }

  async ask(): Promise<ThreadsFigure> {
    const node = this.#node()
    const infos = node.threads()
    const loads = node.loads()
    const [views, meters] = await Promise.all([
      node.inspector.threads({ timeoutMs: ASK_MS }),
      Promise.all(infos.map(({ thread }) => this.#askMeter(node, thread))),
    ])
    const threads = views.map(({ thread, answered, summary }): ThreadFigure => {
      const info = infos.find((one) => one.thread === thread)
      if (summary !== undefined) this.#noteSummary(thread, info, summary)
      const hasMeter = meters[infos.findIndex((one) => one.thread === thread)] ?? true // the main thread has none
      const load = loads.find((one) => one.thread === thread)
      return { thread, answered: answered && hasMeter, summary, info, load }
    })
    return { threads, totals: this.#totals.sum() }
  }

  /** True when its meter answered. */
  async #askMeter(node: Node, thread: number): Promise<boolean> {
    const services = node.whereis<ServicesMsg>(`services.${thread}`)
    if (services === undefined) return false
    try {
      const measures: Measures = await node.call(services, { type: 'measures' }, { timeoutMs: ASK_MS })
      this.#totals.note(`meter ${thread}`, measures.epoch, measures.cells)
      return true
    } catch {
      return false // it is stuck or being replaced
    }
  }

  #noteSummary(thread: number, info: ThreadInfo | undefined, summary: ThreadSummary): void {
    const { messagesHandled, refused, deadLetters } = summary
    this.#totals.note(`kernel ${thread}`, String(info?.restarts ?? 0), {
      [`handled/${thread}`]: Float64Array.of(messagesHandled),
      [`refused/${thread}`]: Float64Array.of(refused),
      [`deadLetters/${thread}`]: Float64Array.of(deadLetters),
    })
  }
}
