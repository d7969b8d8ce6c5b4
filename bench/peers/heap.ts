/** What every peer on Node answers: the bytes that V8 holds. */
import { report } from '../load/orders.ts'

export function heapReport(order: { readonly do: string }): void {
  if (order.do === 'heap') report({ heapBytes: process.memoryUsage().heapUsed })
}
