/** What doctor has found: the worst last, where a terminal ends; each with its fix. */

import type { Finding } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { plural } from '../text/format.ts'
import { type Line, span, type Tone } from '../text/line.ts'
import { wrap } from '../text/wrap.ts'

const LEVELS = ['ok', 'warn', 'fail'] as const
const MARKS: Readonly<Record<Finding['level'], readonly [string, Tone]>> = {
  ok: ['✓', 'good'],
  warn: ['!', 'warn'],
  fail: ['✗', 'bad'],
}

export function doctorView(findings: readonly Finding[], { width }: Page): Line[] {
  const checkWidth = Math.max(0, ...findings.map(({ check }) => check.length))
  const sorted = LEVELS.flatMap((level) => findings.filter((finding) => finding.level === level))
  const [ok = 0, warnings = 0, faults = 0] = LEVELS.map(
    (level) => findings.filter((each) => each.level === level).length,
  )
  const tone: Tone = faults > 0 ? 'bad' : warnings > 0 ? 'warn' : 'good'
  return [
    ...sorted.flatMap((finding) => findingLines(finding, checkWidth, width)),
    [],
    [span(`${plural(faults, 'fault')}, ${plural(warnings, 'warning')}, ${ok} in order`, tone)],
  ]
}

function findingLines({ check, level, fact, fix }: Finding, checkWidth: number, width: number): Line[] {
  const [mark, tone] = MARKS[level]
  const indent = ' '.repeat(checkWidth + 4)
  const facts = wrap(fact, width - indent.length).map(
    (part, index): Line =>
      index === 0 ? [span(mark, tone), ` ${check.padEnd(checkWidth)}  `, part] : [indent, part],
  )
  const fixes = fix === '' ? [] : wrap(`fix: ${fix}`, width - indent.length)
  return [...facts, ...fixes.map((part): Line => [indent, span(part, 'accent')])]
}
