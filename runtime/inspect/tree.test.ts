import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type TreeNode, type TreeRow, toTree } from './tree.ts'

const row = (ref: string, parent?: string): TreeRow => ({ ref, parent })

/** `a(b c(d))` */
function shape(nodes: readonly TreeNode<TreeRow>[]): string {
  return nodes
    .map(({ row: { ref }, children }) => ref + (children.length === 0 ? '' : `(${shape(children)})`))
    .join(' ')
}

function flatten(nodes: readonly TreeNode<TreeRow>[]): TreeNode<TreeRow>[] {
  const all = [...nodes]
  for (let i = 0; i < all.length; i++) all.push(...(all[i] as TreeNode<TreeRow>).children)
  return all
}

describe('the tree of a snapshot', () => {
  it('puts actors below those that started them, on whatever thread', () => {
    const rows = [row('<1.0.1>', '<0.0.1>'), row('<0.0.1>'), row('<2.7.3>', '<1.0.1>')]
    assert.equal(shape(toTree(rows)), '<0.0.1>(<1.0.1>(<2.7.3>))')
  })

  it('has siblings in the order in which they were started, whatever slots they got', () => {
    const rows = [
      row('<0.1.9>', '<0.0.1>'),
      row('<0.2.3>', '<0.0.1>'),
      row('<0.0.1>'),
      row('<0.9.10>', '<0.0.1>'),
    ]
    assert.equal(shape(toTree(rows)), '<0.0.1>(<0.2.3> <0.1.9> <0.9.10>)')
  })

  it('has actors as roots whose parent is not in the snapshot, and says so', () => {
    const [orphan, root] = toTree([row('<0.1.2>', '<3.0.1>'), row('<0.2.3>')])
    assert.deepEqual([orphan?.row.ref, orphan?.orphan], ['<0.1.2>', true])
    assert.deepEqual([root?.row.ref, root?.orphan], ['<0.2.3>', false])
  })

  it('takes a chain of 100,000 without nesting calls', () => {
    const rows = Array.from({ length: 100_000 }, (_, i) =>
      row(`<0.${i}.${i + 1}>`, i === 0 ? undefined : `<0.${i - 1}.${i}>`),
    )
    assert.equal(flatten(toTree(rows)).length, 100_000)
  })

  it('holds every row exactly once, below its parent if that is there', () => {
    const forest = fc.array(fc.record({ thread: fc.nat(3), parent: fc.nat(), missing: fc.boolean() }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(forest, fc.infiniteStream(fc.nat()), (specs, shuffle) => {
        const refs = specs.map(({ thread }, i) => `<${thread}.${i}.${i + 1}>`)
        const all = specs.map(({ parent }, i) =>
          row(refs[i] as string, i === 0 ? undefined : refs[parent % i]),
        )
        const rows = all
          .filter((_, i) => !specs[i]?.missing)
          .sort(() => ((shuffle.next().value ?? 0) % 3) - 1)
        const nodes = flatten(toTree(rows))
        assert.deepEqual(nodes.map((node) => node.row.ref).sort(), rows.map(({ ref }) => ref).sort())
        for (const { row: parent, children } of nodes) {
          for (const child of children) assert.equal(child.row.parent, parent.ref)
        }
      }),
    )
  })
})
