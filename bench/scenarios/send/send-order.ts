/** What a process that sends 1:1 messages is told to do, and what it tells. */
import { Latencies, type Percentiles } from '../../latency.ts'

export interface SendOrder {
  readonly perSecond: number
  /** Its latencies are not counted: code and caches are cold. */
  readonly warmS: number
  readonly seconds: number
}

export interface SendReport {
  readonly offered: number
  readonly sent: number
  readonly delivered: number
  readonly errors: number
  /** From the first message due to the last delivery. */
  readonly tookMs: number
  /** Encoded Latencies, from when a message was due. */
  readonly sentTimes: string
  readonly deliveredTimes: string
  /** Those of `sentTimes` that were due about the moment of a second at which an operator asks: see `isAboutQuestion`. */
  readonly sentAboutQuestions: string
}

/** Everything that was offered was acknowledged and delivered. */
export function isComplete({ offered, sent, delivered, errors }: SendReport): boolean {
  return sent >= offered && delivered >= offered && errors === 0
}

/** For the parameters of a result: the report with its latencies readable. */
export function readable({ sentTimes, deliveredTimes, sentAboutQuestions: _, ...report }: SendReport) {
  return { ...report, sentMs: percentilesOf(sentTimes), deliveredMs: percentilesOf(deliveredTimes) }
}

function percentilesOf(encoded: string): Percentiles | undefined {
  return Latencies.decode(encoded).percentiles()
}
