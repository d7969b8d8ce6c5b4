/** What the crash tests and their writers agree on. */

export interface Acknowledged {
  readonly conversation: string
  readonly seq: number
  readonly id: string
}

const CONVERSATIONS = 20

/** The conversations of a run, which no other run writes to. */
export function conversationsOf(run: number): string[] {
  return Array.from({ length: CONVERSATIONS }, (_, index) => String(1_000 + run * 100 + index))
}
