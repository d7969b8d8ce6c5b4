/**
 * actorTarget: the actor that an operator means: by its ref, by its registered name, or as the tree shows it: by its id
 * under its supervisor or by its type, when there is only one.
 *
 * Cost: a pass over the tree when it is neither a ref nor a name.
 */

import { type Node, parseRef } from '../../runtime/index.ts'
import type { Caller } from './command.ts'
import { Refusal } from './params.ts'

const TIMEOUT_MS = 500
const ROWS_MAX = 2_000
const FOLD = 20
const NAMED_MAX = 5

/**
 * Its ref. @throws Refusal `NOT_FOUND`; `TIMEOUT` when it may be on a thread that gives no answer; `BAD_REQUEST` with the
 * refs of those that it may be.
 */
export async function actorTarget(node: Node, target: string, spend: Caller['spend']): Promise<string> {
  const ref = parseRef(target) ?? node.whereis(target)
  if (ref !== undefined) return ref.toString()
  // In one order, however the threads answered.
  const { refs, silent } = await calledSo(node, target, spend)
  const found = refs.sort()
  const [only] = found
  const shown = JSON.stringify(target)
  if (only === undefined && silent !== undefined) {
    const fact = `no actor has this name or type on the threads that answer, and thread ${silent} gives no answer`
    throw new Refusal('TIMEOUT', `Cannot find ${shown}: ${fact}`)
  }
  if (only === undefined) throw new Refusal('NOT_FOUND', `Cannot find ${shown}: no actor has this name`)
  if (found.length === 1) return only
  const some = `${found.slice(0, NAMED_MAX).join(', ')}${found.length > NAMED_MAX ? ' and others' : ''}`
  throw new Refusal(
    'BAD_REQUEST',
    `Cannot tell which actor is meant by ${shown}: it may be ${some}; give a ref`,
  )
}

interface Called {
  readonly refs: string[]
  /** A thread that gave no answer. */
  readonly silent: number | undefined
}

async function calledSo(node: Node, target: string, spend: Caller['spend']): Promise<Called> {
  const options = { limit: ROWS_MAX, fold: FOLD, timeoutMs: TIMEOUT_MS }
  const { rows, workMs, silent } = await node.inspector.foldedTree(options)
  spend(workMs)
  const ids = rows.flatMap(({ supervisor }) => supervisor?.children ?? []).filter(({ id }) => id === target)
  const byId = ids.flatMap(({ ref }) => ref ?? [])
  const byType = (): string[] => rows.filter(({ type }) => type === target).map(({ ref }) => ref)
  return { refs: byId.length > 0 ? byId : byType(), silent: silent[0]?.thread }
}
