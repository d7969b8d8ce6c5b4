/**
 * namedMailboxes: what waits in the mailboxes of a thread's named actors, by type: those that all others depend on.
 *
 * Cost: one look at each name of the node, none at the other actors, of which there may be a million.
 */

import type { Kernel } from '../kernel/kernel.ts'

export interface MailboxCount {
  /** The actors' type. */
  readonly type: string
  /** Messages that wait, over all actors of the type. */
  readonly waiting: number
  /** How long the oldest has waited at most, in ms. */
  readonly oldestMs: number
}

export function namedMailboxes(kernel: Kernel): MailboxCount[] {
  const counts = new Map<string, MailboxCount>()
  for (const ref of kernel.names.all.values()) {
    const cell = ref.thread === kernel.thread ? kernel.cells.get(ref) : undefined
    if (cell === undefined) continue
    const type = cell.type.definition.name
    const { waiting, oldestMs } = counts.get(type) ?? { waiting: 0, oldestMs: 0 }
    counts.set(type, {
      type,
      waiting: waiting + cell.length,
      oldestMs: Math.max(oldestMs, kernel.scheduler.oldestAgeMs(cell)),
    })
  }
  return [...counts.values()]
}
