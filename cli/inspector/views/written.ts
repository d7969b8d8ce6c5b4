/** What a write touches, before and after it is done. */

import type { BlastRadius, Written } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { count, plural } from '../text/format.ts'
import { type Line, span } from '../text/line.ts'
import { wrap } from '../text/wrap.ts'

/** Wrapping breaks at spaces; a number stays with what it counts. */
const KEPT = '\u00a0'

export function writtenView({ done, effect, blast }: Written, { width }: Page): Line[] {
  const [mark, tone] = done ? (['✓', 'good'] as const) : (['dry run', 'warn'] as const)
  const lines = wrap(effect, width - mark.length - 2).map(
    (part, index): Line => [
      span(index === 0 ? mark : ' '.repeat(mark.length), tone),
      '  ',
      span(part, 'bold'),
    ],
  )
  return [...lines, ...blastLines(blast, width)]
}

/** The blast radius; nothing of a kind is left out of it, so that zero can be relied on. */
function blastLines(blast: BlastRadius, width: number): Line[] {
  const chat = [
    plural(blast.sessions, 'session'),
    plural(blast.members, 'member'),
    plural(blast.conversations, 'conversation'),
    plural(blast.guilds, 'guild'),
  ].join(', ')
  const types = blast.types.map(({ type, count: many }) => `${type}${KEPT}×${KEPT}${count(many)}`).join(', ')
  const ties = `${plural(blast.children, 'child', 'children')}, ${plural(blast.links, 'link')}, ${plural(blast.monitors, 'monitor')}`
  const more = blast.members > blast.users.length && blast.users.length > 0 ? ', …' : ''
  const facts: readonly (readonly [string, string])[] = [
    ['actors', `${count(blast.actors)}${types === '' ? '' : `: ${types}`}`],
    ['ties', ties],
    ['touches', chat],
    ['users', blast.users.length === 0 ? '' : blast.users.join(', ') + more],
  ]
  const lines = facts
    .filter(([, text]) => text !== '')
    .flatMap(([key, text]) =>
      wrap(text, width - 12).map(
        (part, index): Line => ['  ', span((index === 0 ? key : '').padEnd(8), 'dim'), '  ', part],
      ),
    )
  const partial: Line[] = blast.complete
    ? []
    : [[span('  at least: there was more than could be counted in time', 'warn')]]
  return [...lines, ...partial]
}
