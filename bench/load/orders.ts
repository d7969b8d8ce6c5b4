/** The generator's side of `Program`: orders come as lines of JSON on the standard input, reports go out the same way. */
import { createInterface } from 'node:readline'

/** The process ends with its standard input, so none outlives the bench. A handler that throws ends it too. */
export function onOrders<Order>(handle: (order: Order) => void | Promise<void>): void {
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    Promise.resolve(handle(JSON.parse(line) as Order)).catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  })
  lines.on('close', () => process.exit(0))
}

export function report(line: object): void {
  console.log(JSON.stringify(line))
}
