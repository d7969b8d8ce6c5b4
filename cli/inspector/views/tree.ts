/** The supervision tree: who started whom, what is not running, and where it is stuck. */

import type { PsRow, SupervisorFigures, Tree, TreeRow } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { bytes, count, duration, plural, short } from '../text/format.ts'
import { type Line, type Span, span } from '../text/line.ts'
import { type Column, type Row, table } from '../text/table.ts'
import { gaps, heading, labelOf, mailboxCell, number, stateCell } from './common.ts'

/** A child that should run and does not, or whose thread gives no answer: it has no row of its own. */
interface MissingRow {
  readonly kind: 'missing'
  readonly depth: number
  readonly id: string | undefined
  readonly state: 'restarting' | 'stopped' | 'no answer'
}

type Shown = TreeRow | MissingRow

const COLUMNS: readonly Column[] = [
  { title: 'ACTOR', min: 24 },
  { title: 'TYPE', min: 8, drop: 4 },
  { title: 'REF', drop: 1 },
  { title: 'THR', align: 'right' },
  { title: 'STATE' },
  { title: 'MAILBOX', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'HANDLED', align: 'right', drop: 2 },
  { title: 'TIME', align: 'right', drop: 3 },
  { title: 'MEMORY', align: 'right', drop: 5 },
]

export function treeView(tree: Tree, page: Page): Line[] {
  const silent = new Set(tree.silent.map(({ thread }) => thread))
  const rows = tree.rows.flatMap((row) => withMissing(row, silent))
  const branches = branchesOf(rows.map(({ depth }) => depth))
  const cells = rows.map((row, index) => cellsOf(row, branches[index] ?? ''))
  return [
    heading(page, plural(page.node.threads, 'thread'), `${count(tree.actors)} actors`),
    [],
    ...table(COLUMNS, cells, page.width),
    ...gaps(tree, page.width, 'name an actor to see what is below it, or raise --limit'),
  ]
}

/** Supervisors name their children; those of which there is no row come first below it, where the eye falls. */
function withMissing(row: TreeRow, silent: ReadonlySet<number>): Shown[] {
  if (row.kind === 'fold' || row.supervisor === undefined) return [row]
  const missing = row.supervisor.children.flatMap(({ id, state, ref }): MissingRow[] => {
    const isSilent = ref !== undefined && silent.has(Number(/^<(\d+)/.exec(ref)?.[1]))
    if (state === 'running' && !isSilent) return []
    return [{ kind: 'missing', depth: row.depth + 1, id, state: state === 'running' ? 'no answer' : state }]
  })
  return [row, ...missing]
}

/** `│  ├─ ` for each row, from the depths alone: a branch goes on while a later row of its depth has the same parent. */
function branchesOf(depths: readonly number[]): string[] {
  const goesOn: boolean[] = []
  const branches: string[] = []
  const top = Math.min(...depths)
  for (const depth of depths.toReversed()) {
    goesOn.length = depth + 1 // what is deeper belongs to another parent from here on
    const isLast = goesOn[depth] !== true
    goesOn[depth] = true
    const above = Array.from({ length: Math.max(0, depth - top - 1) }, (_, i) =>
      goesOn[top + 1 + i] === true ? '│  ' : '   ',
    )
    branches.push(depth === top ? '' : `${above.join('')}${isLast ? '└─ ' : '├─ '}`)
  }
  return branches.reverse()
}

function cellsOf(row: Shown, branch: string): Row {
  switch (row.kind) {
    case 'actor':
      return actorCells(row, branch)
    case 'fold':
      return foldCells(row, branch)
    case 'missing':
      return [
        { ...span(row.id ?? 'a child'), lead: branch },
        '',
        '',
        '',
        span(row.state, 'bad'),
        '',
        '',
        '',
        '',
        '',
      ]
  }
}

function actorCells(
  { actor, id, orphan, supervisor }: Extract<TreeRow, { kind: 'actor' }>,
  branch: string,
): Row {
  const label = id ?? labelOf(actor)
  return [
    {
      ...span(
        `${label}${orphan ? ' (without its parent)' : ''}`,
        actor.kind === 'supervisor' ? 'bold' : 'plain',
      ),
      lead: branch,
    },
    span(typeOf(actor, label, supervisor), 'dim'),
    actor.ref,
    String(actor.thread),
    stateCell(actor.state),
    mailboxCell(actor.mailboxLength),
    supervisor === undefined ? '' : restartsCell(supervisor),
    number(actor.handled, short(actor.handled)),
    number(actor.handlerMs, duration(actor.handlerMs)),
    bytes(actor.heapBytes),
  ]
}

function typeOf({ type }: PsRow, label: string, supervisor: SupervisorFigures | undefined): string {
  if (supervisor !== undefined) return supervisor.form === 'dynamic' ? 'dynamic' : supervisor.strategy
  return type === label ? '' : type
}

function restartsCell({ restarts, intensity }: SupervisorFigures): Span {
  const text = `${restarts}/${intensity.restarts}`
  if (restarts === 0) return span(text, 'dim')
  return span(text, restarts * 2 >= intensity.restarts ? 'bad' : 'warn')
}

function foldCells(row: Extract<TreeRow, { kind: 'fold' }>, branch: string): Row {
  const { type, thread, mailboxLength, mailboxMax, handled, states } = row
  const unusual = Object.entries(states).map(([state, many]) => `${many} ${state}`)
  return [
    { ...span(`${type} × ${count(row.count)}`, 'accent'), lead: branch },
    '',
    '',
    String(thread),
    unusual.length === 0 ? '' : span(unusual.join(', '), states.suspended === undefined ? 'plain' : 'bad'),
    mailboxLength === mailboxMax ? mailboxCell(mailboxLength) : foldedMailbox(mailboxLength, mailboxMax),
    '',
    number(handled, short(handled)),
    '',
    '',
  ]
}

/** All together, and the fullest: 300 in 300 mailboxes are nothing, 300 in one are. */
function foldedMailbox(sum: number, max: number): Span {
  return span(`${count(sum)} (≤${count(max)})`, mailboxCell(max).tone)
}
