/**
 * treeRows: a folded tree as lines, depth first: every actor below its parent, and after the children of a type how many
 * more there are. A pure function.
 *
 * Guarantees: every row and every fold is there exactly once. What has a parent that is not among the rows is a root
 * and an orphan.
 */

import { type ActorRow, type Fold, type TreeNode, toTree } from '../../runtime/index.ts'
import type { TreeRow } from './actor-rows.ts'
import { psRow, supervisorFigures } from './actor-text.ts'

/** `root`: only that actor and what is below it; undefined when it is not among the rows. */
export function treeRows(
  rows: readonly ActorRow[],
  folds: readonly Fold[],
  root: string | undefined,
): TreeRow[] | undefined {
  const known = new Set(rows.map(({ ref }) => ref))
  const foldsOf = Map.groupBy(folds, ({ parent }) =>
    parent !== undefined && known.has(parent) ? parent : '',
  )
  const ids = childIds(rows)
  const lines: TreeRow[] = []
  const add = (node: TreeNode<ActorRow>, depth: number): void => {
    const { row, orphan, children } = node
    const id = ids.get(row.ref)
    lines.push({ kind: 'actor', depth, orphan, actor: psRow(row), supervisor: supervisorFigures(row), id })
    for (const child of children) add(child, depth + 1)
    for (const fold of foldsOf.get(row.ref) ?? []) lines.push({ kind: 'fold', depth: depth + 1, ...fold })
  }
  const trees = toTree(rows)
  if (root !== undefined) {
    const found = find(trees, root)
    if (found === undefined) return undefined
    add(found, 0)
    return lines
  }
  for (const tree of trees) add(tree, 0)
  for (const fold of foldsOf.get('') ?? []) lines.push({ kind: 'fold', depth: 0, ...fold })
  return lines
}

function childIds(rows: readonly ActorRow[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  for (const { supervisor } of rows) {
    for (const { id, ref } of supervisor?.children ?? []) {
      if (id !== undefined && ref !== undefined) ids.set(ref, id)
    }
  }
  return ids
}

function find(trees: readonly TreeNode<ActorRow>[], root: string): TreeNode<ActorRow> | undefined {
  for (const tree of trees) {
    if (tree.row.ref === root || tree.row.name === root) return tree
    const below = find(tree.children, root)
    if (below !== undefined) return below
  }
  return undefined
}
