/** Our runtime as a contestant of the runtime scenario. */
import type { RoundOptions } from '../../contestant.ts'
import type { Figures } from '../../result.ts'

export async function runOurs(_options: RoundOptions): Promise<Figures> {
  return {}
}
