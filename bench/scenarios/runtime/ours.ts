/** Our runtime as a contestant of the runtime scenario. */
import type { RoundOptions } from '../../contestant.ts'
import { measureInProcess } from '../../measuring-process.ts'
import type { Figures } from '../../result.ts'

const RUNS = 5
const QUICK_RUNS = 3

/** In a process of its own, as the peers are, with the flags that `guildhall` itself runs with. */
export async function runOurs({ quick }: RoundOptions): Promise<Figures> {
  const program = new URL('ours-process.ts', import.meta.url).pathname
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--expose-gc',
    program,
    String(quick ? QUICK_RUNS : RUNS),
  ]
  const { figures } = await measureInProcess(process.execPath, args)
  return figures
}
