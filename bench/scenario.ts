/** What a bench scenario is to the command: it has a summary, runs, and returns the body of a result. */
import type { Result } from './result.ts'

export interface ScenarioOptions {
  /** Fewer rounds: for a look, not for a figure to quote. Ends within 45 s. */
  readonly quick: boolean
  /** What chance there is follows from it; belongs into the parameters where there is any. */
  readonly seed: number
  /** Hears one line per step. */
  readonly onProgress: (line: string) => void
}

export interface ScenarioReport extends Pick<Result, 'parameters' | 'stoppedBy' | 'metrics' | 'curves'> {
  /** The version of Erlang/OTP, when it took part. */
  readonly otp?: string
}

export interface Scenario {
  readonly summary: string
  run(options: ScenarioOptions): Promise<ScenarioReport>
}
