/**
 * infoOf: everything about one actor but its content: its row, its bounds, what it has under way, and its
 * flight recorder.
 */

import type { About } from '../actor/definition.ts'
import type { Cell } from '../kernel/cell.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { aboutOf } from './about.ts'
import { type ActorRow, linksOf, type Relatives, rowOf, watchedByOf, watchingOf } from './actor-row.ts'
import { clip } from './safe-read.ts'
import { type SupervisorRow, supervisorOf } from './supervisor-row.ts'

export interface ActorInfo extends ActorRow {
  readonly mailboxLimit: number
  readonly onFull: 'refuse' | 'dropOldest' | 'close'
  readonly trapExit: boolean
  /** Types of the last messages taken, oldest first, at most 8. */
  readonly lastMessages: readonly string[]
  /** Groups it is in, at most 100 of them. */
  readonly groups: readonly string[]
  /** Calls that its handler in work waits for. */
  readonly openCalls: number
  /** Tasks and asks that have not come back. */
  readonly openTasks: number
  /** Names up to 100, where a row names 5. */
  readonly links: Relatives
  readonly watching: Relatives
  readonly watchedBy: Relatives
  /** Names up to 100 children, where a row names 50. */
  readonly supervisor: SupervisorRow | undefined
  /** What its type tells of its state. */
  readonly about: About
}

const NAMED_MAX = 100

export function infoOf(kernel: Kernel, cell: Cell): ActorInfo {
  const { definition } = cell.type
  kernel.scheduler.readClock() // ages are told as of now
  return {
    ...rowOf(kernel, cell).row,
    mailboxLimit: definition.mailboxLimit,
    onFull: definition.onFull,
    trapExit: definition.trapExit,
    lastMessages: cell.type.describeRecent(cell.recent, cell.recentOlder).map(clip),
    groups: [...(cell.relations?.groups?.keys() ?? [])].slice(0, NAMED_MAX),
    openCalls: cell.openCalls,
    openTasks: cell.relations?.openTasks ?? 0,
    links: linksOf(cell, NAMED_MAX),
    watching: watchingOf(cell, NAMED_MAX),
    watchedBy: watchedByOf(cell, NAMED_MAX),
    supervisor: supervisorOf(cell, NAMED_MAX),
    about: aboutOf(cell),
  }
}
