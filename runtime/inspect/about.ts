/**
 * aboutOf: what an actor's type tells of its state to any operator, by the `about` of its definition: bounded, and
 * plain whatever it returned.
 *
 * A bug in it ends no actor: nothing of the actor was changed, so its text is the answer.
 */

import type { About } from '../actor/definition.ts'
import { type Cell, STARTING, STOPPING } from '../kernel/cell.ts'
import { clip } from './safe-read.ts'

const ENTRIES_MAX = 40
const TEXT_LENGTH_MAX = 256
const NOTHING: About = {}

export function aboutOf(cell: Cell, part?: string): About {
  const { about } = cell.type.definition
  if (about === undefined || cell.status & (STARTING | STOPPING)) return NOTHING
  try {
    return plain(about(cell.state as never, part))
  } catch (error) {
    return { error: clip(error instanceof Error ? error.message : String(error)) }
  }
}

function plain(about: About): About {
  const entries = Object.entries(about).slice(0, ENTRIES_MAX)
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (isPlain(value) ? [[clip(key), cut(value)]] : [])),
  )
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

function cut<T>(value: T): T | string {
  return typeof value === 'string' ? value.slice(0, TEXT_LENGTH_MAX) : value
}
