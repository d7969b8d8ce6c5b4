/**
 * Holds identified, idle connections: `idle-process.ts '<Target as JSON>' <count> <at once>`.
 *
 * Prints `{"ready":<count>,"tookMs":<ms>}` when all are identified and `{"closed":<code>}` for each that ends. Goes on until its
 * standard input ends.
 */
import { identified, type Target } from './identified.ts'

const target = JSON.parse(process.argv[2] as string) as Target
const count = Number(process.argv[3])
const atOnce = Number(process.argv[4])

let next = 0
const startedAt = performance.now()

async function connectSome(): Promise<void> {
  while (next < count) {
    const user = `idle-${next++}`
    await identified(target, user, {
      onFrame: () => {},
      onClose: (code) => console.log(JSON.stringify({ closed: code })),
    })
  }
}

await Promise.all(Array.from({ length: atOnce }, connectSome))
console.log(JSON.stringify({ ready: count, tookMs: Math.round(performance.now() - startedAt) }))
process.stdin.resume().on('end', () => process.exit(0))
