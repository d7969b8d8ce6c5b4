/** What became of a message for one user: the verdict first, then how far it came, then each device. */

import type { DeviceWhy, Why, WhyVerdict } from '../../../gateway/admin/index.ts'
import { visible } from '../../chat/visible.ts'
import type { Page } from '../output.ts'
import { count, date } from '../text/format.ts'
import { type Line, span, type Tone } from '../text/line.ts'
import { cut } from '../text/width.ts'
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
  suspended: 'bad',
  congested: 'bad',
  notSubscribed: 'bad',
  relayBehind: 'bad',
}

/** For the verdict and a number. */
const BESIDE_DEVICE = 40
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
    ...devices.flatMap((device) => deviceLines(device, width)),
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

function deviceLines({ device, verdict, fact, delivered, session }: DeviceWhy, width: number): Line[] {
  return [
    [],
    [
      span(cut(visible(device), width - BESIDE_DEVICE), 'bold'),
      '  ',
      span(verdict, TONES[verdict]),
      `  holds up to ${count(delivered)}`,
    ],
    ...wrap(`${fact} (session ${session})`, width - 2).map((part): Line => ['  ', part]),
  ]
}
