/**
 * The moment of a second at which an operator asks, by the clock that all processes of a machine share: messages that were due
 * about then can be told from the others.
 */
import { sharedClockMs } from './shared-clock.ts'

const SECOND_MS = 1_000
const ASKED_AT_MS = 500
const ABOUT_MS = 50

export function msUntilQuestion(now = sharedClockMs()): number {
  const ms = (ASKED_AT_MS - (now % SECOND_MS) + SECOND_MS) % SECOND_MS
  return ms === 0 ? SECOND_MS : ms
}

/** Whether an operator who asks has asked less than 50 ms ago, or will within 50 ms. */
export function isAboutQuestion(now: number): boolean {
  return Math.abs((now % SECOND_MS) - ASKED_AT_MS) <= ABOUT_MS
}
