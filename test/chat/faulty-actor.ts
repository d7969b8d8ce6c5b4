/**
 * The actors of a node and one more, which does to its thread what a bug may do: it never returns, it keeps all it ever
 * made, or it throws. Threads load this module in place of the node's own.
 */

import { defineActor } from '../../runtime/index.ts'

export * from '../../actors/index.ts'

export type FaultMsg =
  | { readonly type: 'hang' }
  | { readonly type: 'leak' }
  | { readonly type: 'throw'; readonly why?: string }

interface FaultyState {
  readonly kept: object[][]
}

export const faulty = defineActor<FaultyState, FaultMsg>({
  name: 'faulty',
  init: () => ({ kept: [] }),
  handle(state, message, ctx) {
    if (message.type === 'hang') for (;;);
    if (message.type === 'throw') throw new TypeError(message.why)
    state.kept.push(Array.from({ length: 100_000 }, (_, i) => ({ i })))
    ctx.send(ctx.self, message)
  },
})
