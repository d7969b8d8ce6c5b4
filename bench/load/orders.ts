/** A program's side of `Program`: orders come as lines of JSON on the standard input, reports go out the same way. */
import { createInterface } from 'node:readline'

/**
 * The process ends with its standard input, after `end`, so none outlives the bench. A handler that throws ends it too.
 */
export function onOrders<Order>(
  handle: (order: Order) => void | Promise<void>,
  end: () => void | Promise<void> = () => {},
): void {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => void guarded(() => handle(JSON.parse(line) as Order)))
  lines.on('close', () => void guarded(end).then(() => process.exit(0)))
}

export function report(line: object): void {
  console.log(JSON.stringify(line))
}

async function guarded(work: () => void | Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
}
