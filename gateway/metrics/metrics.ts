/**
 * Metrics: what /metrics answers.
 *
 * Guarantees: answers within 300 ms also while threads are stuck. Scrapes that come while one is under way share its
 * answer, so that nobody makes the node measure more than it serves. No label holds a user, conversation or guild.
 */

import type { Node, RuntimeEvent } from '../../runtime/index.ts'
import type { Capacity } from '../capacity.ts'
import type { Clock } from '../clock.ts'
import type { Gateway } from '../gateway.ts'
import { Families } from './families.ts'
import { Incidents } from './incidents.ts'
import { MainLag } from './main-lag.ts'
import { addMessageMetrics } from './message-metrics.ts'
import { addProcessMetrics } from './process-metrics.ts'
import { addRuntimeMetrics } from './runtime-metrics.ts'
import { addSocketMetrics } from './socket-metrics.ts'
import type { MetricsSource } from './source.ts'
import { ThreadFigures } from './thread-figures.ts'

export interface MetricsPorts {
  readonly clock: Clock
  readonly node: () => Node
  readonly gateway: Gateway
  readonly capacity: () => Capacity
  readonly httpRequests: () => number
  readonly isReady: () => boolean
}

export interface MetricsAnswer {
  readonly contentType: string
  readonly text: string
}

export class Metrics {
  readonly #ports: MetricsPorts
  readonly #families = new Families<MetricsSource>()
  readonly #incidents = new Incidents()
  readonly #mainLag: MainLag
  readonly #threads: ThreadFigures
  #answer: Promise<MetricsAnswer> | undefined

  constructor(ports: MetricsPorts) {
    this.#ports = ports
    this.#mainLag = new MainLag(ports.clock)
    this.#threads = new ThreadFigures(ports.node)
    addSocketMetrics(this.#families)
    addMessageMetrics(this.#families)
    addRuntimeMetrics(this.#families)
    addProcessMetrics(this.#families)
  }

  start(): void {
    this.#mainLag.start()
  }

  stop(): void {
    this.#mainLag.stop()
  }

  /** Something went wrong in the runtime. */
  note(event: RuntimeEvent): void {
    this.#incidents.note(event)
  }

  scrape(): Promise<MetricsAnswer> {
    this.#answer ??= this.#read().finally(() => {
      this.#answer = undefined
    })
    return this.#answer
  }

  async #read(): Promise<MetricsAnswer> {
    const { gateway, capacity, httpRequests, isReady } = this.#ports
    const threads = await this.#threads.ask()
    for (const { summary } of threads.threads)
      this.#incidents.expect(summary?.types.map(({ type }) => type) ?? [])
    const text = await this.#families.text({
      ...threads,
      gateway,
      capacity: capacity(),
      incidents: this.#incidents,
      httpRequests: httpRequests(),
      isReady: isReady(),
      mainLag: this.#mainLag.cells,
    })
    return { contentType: this.#families.contentType, text }
  }
}
