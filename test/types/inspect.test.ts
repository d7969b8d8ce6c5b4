/** What the compiler knows of inspection: the answer to each request, and what a tree is made of. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  type ActorRow,
  answer,
  type InspectAnswers,
  type InspectRequest,
  type Peek,
  type TreeNode,
  toTree,
} from '../../runtime/index.ts'
import type { Kernel } from '../../runtime/kernel/kernel.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_same: Same<A, B>): void => {}

// Checked by the compiler and never run.
export function typed(kernel: Kernel, rows: readonly ActorRow[]): void {
  const peeked = answer(kernel, { kind: 'peek', ref: '<0.0.1>', messages: 1 })
  same<typeof peeked, Promise<Peek | undefined>>(true)

  const done = answer(kernel, { kind: 'operate', verb: 'kill', ref: { thread: 0, slot: 0, incarnation: 1 } })
  same<typeof done, Promise<boolean>>(true)

  // @ts-expect-error no such verb
  void answer(kernel, { kind: 'operate', verb: 'restart', ref: '<0.0.1>' })
  // @ts-expect-error a page needs to know where to begin
  void answer(kernel, { kind: 'page', rows: 1 })

  same<keyof InspectAnswers, InspectRequest['kind']>(true)

  const tree = toTree(rows)
  same<typeof tree, TreeNode<ActorRow>[]>(true)
}

it('every request has the type of its answer', () => {
  assert.equal(typeof typed, 'function')
})
