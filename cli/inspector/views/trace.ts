/** Traced messages as they come: one line each, in columns that hold still. */

import type { TraceEnd, TraceEvent } from '../../../gateway/admin/index.ts'
import { clockMs, count, plural } from '../text/format.ts'
import { type Line, span } from '../text/line.ts'
import { fit } from '../text/width.ts'

const EVENT_WIDTH = 'arrived'.length
const REF_WIDTH = 12
const TYPE_WIDTH = 14

export function traceLine({ atMs, event, from, to, actor, messageType, skipped }: TraceEvent): Line {
  // A message that is taken out of a mailbox no longer says who sent it.
  const sender = event === 'handled' ? '' : (from ?? 'outside')
  return [
    span(clockMs(atMs), 'dim'),
    ' ',
    span(fit(event, EVENT_WIDTH), event === 'handled' ? 'good' : 'plain'),
    ' ',
    fit(sender, REF_WIDTH, 'right'),
    event === 'handled' ? '   ' : ' → ',
    fit(to, REF_WIDTH),
    ' ',
    span(fit(actor ?? '(elsewhere)', TYPE_WIDTH), actor === undefined ? 'dim' : 'plain'),
    ' ',
    span(messageType, 'bold'),
    ...(skipped > 0 ? [span(`  (${count(skipped)} left out before)`, 'warn')] : []),
  ]
}

export function traceEndLines({ shown, skipped, silent, why }: TraceEnd): Line[] {
  const left = skipped > 0 ? `, ${count(skipped)} left out because of the rate` : ''
  const ended = why === 'stopping' ? '; the node stops' : ''
  const line: Line = [span(`${plural(shown, 'message')}${left}${ended}`, 'dim')]
  const quiet = silent.map((thread): Line => [span(`! thread ${thread} gave no answer`, 'bad')])
  return [line, ...quiet]
}
