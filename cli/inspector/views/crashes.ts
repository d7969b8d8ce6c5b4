/** Crashes with their flight recorders: equal ones once, with their number, the last of them in full. */

import type { CrashRow } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { age, clock, count, date, plural } from '../text/format.ts'
import { type Line, span } from '../text/line.ts'
import { wrap } from '../text/wrap.ts'

const DAY_MS = 86_400_000
/** Lines of a stack; with `--stack` all of them. */
const STACK_LINES = 2

export interface CrashOptions {
  readonly stack: boolean
  /** One by one, also those that are alike. */
  readonly all: boolean
}

interface Group {
  readonly last: CrashRow
  readonly firstAtMs: number
  readonly times: number
}

export function crashesView(crashes: readonly CrashRow[], page: Page, options: CrashOptions): Line[] {
  if (crashes.length === 0) return [['No crash is on record.']]
  const groups = options.all ? crashes.map(alone) : grouped(crashes)
  return groups.flatMap((group, index) => [...(index === 0 ? [] : [[]]), ...groupLines(group, page, options)])
}

/** By what crashed, in the middle of what, and why; the newest last, where a terminal ends. */
function grouped(crashes: readonly CrashRow[]): Group[] {
  const groups = new Map<string, Group>()
  for (const crash of crashes) {
    const key = JSON.stringify([crash.actor, crash.during, crash.reason, crash.lastMessages.at(-1)])
    const known = groups.get(key)
    groups.delete(key)
    groups.set(key, {
      last: crash,
      firstAtMs: known?.firstAtMs ?? crash.atMs,
      times: (known?.times ?? 0) + 1,
    })
  }
  return [...groups.values()]
}

function alone(crash: CrashRow): Group {
  return { last: crash, firstAtMs: crash.atMs, times: 1 }
}

function groupLines(
  { last, firstAtMs, times }: Group,
  { width, nowMs }: Page,
  options: CrashOptions,
): Line[] {
  const at = nowMs - last.atMs < DAY_MS ? clock(last.atMs) : date(last.atMs)
  const inWork = last.lastMessages.at(-1)
  const where = last.during === 'handle' ? `on '${inWork ?? '?'}'` : `in ${last.during}`
  const often = times === 1 ? '' : `  × ${count(times)} in ${age(last.atMs - firstAtMs)}`
  return [
    [
      span(at, 'bold'),
      `, ${age(nowMs - last.atMs)} ago: `,
      span(last.name ?? last.actor, 'bold'),
      ` crashed ${where}`,
      span(often, 'bad'),
    ],
    ...wrap(last.reason, width - 2).map((part): Line => ['  ', span(part, 'bad')]),
    ...recorder(last, width),
    ...stackLines(last, options),
  ]
}

function recorder(last: CrashRow, width: number): Line[] {
  const { ref, thread, parent, handled, mailboxLength, lastMessages, actor, name } = last
  const type = name === undefined ? '' : `${actor} `
  const lost = mailboxLength === 0 ? '' : `; ${plural(mailboxLength, 'message')} of its mailbox lost`
  const facts = `${type}${ref} on thread ${thread}, parent ${parent ?? 'none'}, after ${plural(handled, 'message')}${lost}`
  const recorded =
    lastMessages.length === 0 ? [] : wrap(`last messages  ${lastMessages.join(' → ')}`, width - 2)
  return [...wrap(facts, width - 2), ...recorded].map((part): Line => ['  ', span(part, 'dim')])
}

function stackLines({ stack }: CrashRow, { stack: whole }: CrashOptions): Line[] {
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return frames
    .slice(0, whole ? frames.length : STACK_LINES)
    .map((frame): Line => ['    ', span(frame.trim(), 'dim')])
}
