/**
 * toTree: rows of a snapshot as the tree of who started whom, over all threads. A pure function.
 *
 * Guarantees: every row is in the tree exactly once. A row whose parent is not among the rows is a root: the
 * parent is dead, on a thread that gave no answer, or beyond the cap. Siblings stand in the order in which
 * they were started, thread by thread.
 */

import { parseRef } from '../actor/ref.ts'

/** What the tree needs to know of a row. Refs must be unique; an actor is never among its own ancestors. */
export interface TreeRow {
  readonly ref: string
  readonly parent: string | undefined
}

export interface TreeNode<Row extends TreeRow> {
  readonly row: Row
  /** It has a parent, which is not among the rows. */
  readonly orphan: boolean
  readonly children: readonly TreeNode<Row>[]
}

/** Cost: O(n log n). */
export function toTree<Row extends TreeRow>(rows: readonly Row[]): TreeNode<Row>[] {
  const childrenOf = new Map<string, TreeNode<Row>[]>(rows.map((row) => [row.ref, []]))
  const roots: TreeNode<Row>[] = []
  for (const row of inOrderOfStart(rows)) {
    const siblings = row.parent === undefined ? undefined : childrenOf.get(row.parent)
    const orphan = row.parent !== undefined && siblings === undefined
    const node = { row, orphan, children: childrenOf.get(row.ref) as TreeNode<Row>[] }
    if (siblings === undefined) roots.push(node)
    else siblings.push(node)
  }
  return roots
}

/** Incarnations count the starts of a thread. */
function inOrderOfStart<Row extends TreeRow>(rows: readonly Row[]): Row[] {
  const keyed = rows.map((row) => {
    const { thread = 0, incarnation = 0 } = parseRef(row.ref) ?? {}
    return { row, thread, incarnation }
  })
  keyed.sort((a, b) => a.thread - b.thread || a.incarnation - b.incarnation)
  return keyed.map(({ row }) => row)
}
