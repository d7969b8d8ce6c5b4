/** Figures as people read them, in the table and in the report. */
import type { Target } from './result.ts'

export function formatTarget(target: Target, better: 'higher' | 'lower'): string {
  if (target.kind === 'ratio') return `${target.peer} >= ${target.atLeast}x`
  return `${better === 'higher' ? '>=' : '<='} ${formatValue(target.limit)}`
}

export function formatRatio(value: number): string {
  return `${threeDigits(value)}x`
}

/** Three digits that mean something: 1.23 M, 45.6 k, 2,810, 46.3. */
export function formatValue(value: number): string {
  const rounded = Number(value.toPrecision(3))
  if (rounded >= 1_000_000) return `${threeDigits(rounded / 1_000_000)} M`
  if (rounded >= 10_000) return `${threeDigits(rounded / 1_000)} k`
  if (value === 0) return '0'
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : threeDigits(value)
}

function threeDigits(value: number): string {
  const wholeDigits = Math.floor(Math.log10(value)) + 1
  return value.toFixed(Math.min(Math.max(3 - wholeDigits, 0), 3))
}
