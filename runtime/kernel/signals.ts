/**
 * Signals: what kernels tell each other besides actor messages. Plain data; refs cross as they are.
 *
 * Those with `from` and `to` belong to that pair of actors and keep its order; the others keep the order of
 * the pair of kernels.
 */

import type { ErrorData, ExitReason } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'

/** What travels with a message that is a request. */
export interface CallHeader {
  readonly id: number
  /** The waiting callers, the nearest first. */
  readonly chain: readonly { readonly caller: AnyRef; readonly name: string }[]
}

export type Signal =
  | {
      readonly kind: 'exit'
      readonly from: AnyRef
      readonly to: AnyRef
      readonly reason: ExitReason
      readonly linked: boolean
    }
  | { readonly kind: 'link'; readonly from: AnyRef; readonly to: AnyRef }
  | {
      readonly kind: 'unlink' | 'unlinkDone'
      readonly from: AnyRef
      readonly to: AnyRef
      readonly id: number
    }
  | {
      readonly kind: 'monitor' | 'demonitor'
      readonly from: AnyRef
      readonly to: AnyRef
      readonly id: number
    }
  | {
      readonly kind: 'down'
      readonly from: AnyRef
      readonly to: AnyRef
      readonly id: number
      readonly reason: ExitReason
    }
  | { readonly kind: 'refused'; readonly from: AnyRef; readonly to: AnyRef; readonly count: number }
  | { readonly kind: 'suspend' | 'resume' | 'kill'; readonly to: AnyRef }
  // Calls. `id` is the caller's kernel's; `settled` spares it the `callDone`.
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown; readonly settled: boolean }
  | { readonly kind: 'replyError'; readonly id: number; readonly error: ErrorData; readonly settled: boolean }
  | {
      readonly kind: 'callFailed'
      readonly id: number
      readonly code: 'MAILBOX_FULL' | 'ACTOR_GONE'
      readonly detail: string
    }
  | { readonly kind: 'callDone'; readonly id: number; readonly thread: number }
  // Starting actors elsewhere. `request` is the starter's kernel's.
  | {
      readonly kind: 'spawn'
      readonly request: number
      readonly thread: number
      readonly type: string
      readonly arg: unknown
      readonly parent: AnyRef | null
      readonly link: boolean
      readonly name: string | null
    }
  | {
      readonly kind: 'spawned'
      readonly request: number
      readonly ref: AnyRef
      readonly parent: AnyRef | null
    }
  | { readonly kind: 'spawnFailed'; readonly request: number; readonly reason: ExitReason }
  | {
      readonly kind: 'spawnAbort'
      readonly request: number
      readonly thread: number
      readonly reason: ExitReason
    }
  // Names: claims go to thread 0, which tells everyone.
  | { readonly kind: 'claim'; readonly name: string; readonly ref: AnyRef; readonly request: number }
  | { readonly kind: 'claimed'; readonly request: number; readonly granted: boolean }
  | { readonly kind: 'release'; readonly name: string; readonly ref: AnyRef }
  | { readonly kind: 'named'; readonly name: string; readonly ref: AnyRef }
  | { readonly kind: 'unnamed'; readonly name: string; readonly ref: AnyRef }
  | { readonly kind: 'probe'; readonly name: string; readonly ref: AnyRef }
  | { readonly kind: 'probed'; readonly name: string; readonly ref: AnyRef; readonly alive: boolean }
  // Groups: every kernel announces its own members.
  | { readonly kind: 'group'; readonly group: string; readonly ref: AnyRef; readonly count: number }

/** The pair of actors whose order a signal keeps; undefined for those between kernels. */
export function pairOf(signal: Signal): { from: AnyRef; to: AnyRef } | undefined {
  // The parent must hear of the start before it hears of the end.
  if (signal.kind === 'spawned')
    return signal.parent === null ? undefined : { from: signal.ref, to: signal.parent }
  return 'from' in signal ? { from: signal.from, to: signal.to } : undefined
}
