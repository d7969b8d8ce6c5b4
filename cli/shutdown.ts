/**
 * Signals of a process that ends in good order: the first asks it to stop, a second one ends it at once with 130.
 *
 * npm, and bin/guildhall.mjs where it cannot become Node 22, pass on what a terminal sends to all of its group
 * anyway, so one Ctrl-C arrives up to three times. Repeats within `ECHO_MS` therefore count as one.
 */

import { EXIT } from './failure.ts'

const ECHO_MS = 200

interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
}

export interface StopOptions {
  readonly source?: SignalSource
  readonly now?: () => number
  readonly exit?: (code: number) => void
}

/** Resolves with the first signal. */
export function stopSignal(options: StopOptions = {}): Promise<NodeJS.Signals> {
  const { source = process, now = () => performance.now(), exit = process.exit } = options
  let firstAt: number | undefined
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (firstAt === undefined) {
        firstAt = now()
        resolve(signal)
      } else if (now() - firstAt >= ECHO_MS) exit(EXIT.interrupted)
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) source.on(signal, onSignal)
  })
}
