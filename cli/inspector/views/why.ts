/** What became of a message for one user: the verdict first, then how far it came, then each device. */

import type { Why, WhyVerdict } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { count, date } from '../text/format.ts'
import { type Line, type Span, span, type Tone } from '../text/line.ts'
import { type Column, table } from '../text/table.ts'
import { wrap } from '../text/wrap.ts'

const TONES: Readonly<Record<WhyVerdict, Tone>> = {
  acknowledged: 'good',
  ownMessage: 'good',
  pushed: 'good',
  notMember: 'warn',
  beforeJoining: 'warn',
  offline: 'warn',
  detached: 'warn',
  starting: 'warn',
  behind: 'warn',
  threadStuck: 'bad',
  congested: 'bad',
  notSubscribed: 'bad',
  relayBehind: 'bad',
}

const STEP_WIDTH = 'acknowledged'.length

export function whyView({ message, user, verdict, text, steps, devices }: Why, { width }: Page): Line[] {
  const { conversation, seq, author, atMs, kind, messageId } = message
  return [
    [span(`message ${seq} of ${conversation}`, 'bold'), span(`  id ${messageId}`, 'dim')],
    ...wrap(`${kind} of ${author}, ${date(atMs)}, for ${user}`, width - 2).map((part): Line => ['  ', part]),
    [],
    ...wrap(text, width - verdict.length - 2).map(
      (part, index): Line => [
        span(index === 0 ? verdict : ' '.repeat(verdict.length), TONES[verdict]),
        '  ',
        span(part, 'bold'),
      ],
    ),
    [],
    ...steps.flatMap((step) => stepLines(step, width)),
    ...deviceTable(devices, width),
  ]
}

function stepLines({ step, done, fact }: Why['steps'][number], width: number): Line[] {
  const mark = done === undefined ? span('·', 'dim') : done ? span('✓', 'good') : span('✗', 'bad')
  return wrap(fact, width - STEP_WIDTH - 6).map(
    (part, index): Line => [
      '  ',
      index === 0 ? mark : ' ',
      ' ',
      span((index === 0 ? step : '').padEnd(STEP_WIDTH), done === undefined ? 'dim' : 'plain'),
      '  ',
      span(part, done === undefined ? 'dim' : 'plain'),
    ],
  )
}

function deviceTable(devices: Why['devices'], width: number): Line[] {
  if (devices.length === 0) return []
  const columns: readonly Column[] = [
    { title: 'DEVICE', min: 8 },
    { title: 'VERDICT' },
    { title: 'HOLDS', align: 'right' },
    { title: 'FACT', min: 20 },
    { title: 'SESSION', min: 14, drop: 1 },
  ]
  const rows = devices.map((device) => [
    device.device,
    verdictCell(device.verdict),
    count(device.delivered),
    device.fact,
    span(device.session, 'dim'),
  ])
  return [[], ...table(columns, rows, width)]
}

function verdictCell(verdict: WhyVerdict): Span {
  return span(verdict, TONES[verdict])
}
