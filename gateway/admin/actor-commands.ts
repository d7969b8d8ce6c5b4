/** What operators ask about actors and threads. */

import { describeExit, type ExitReason, type Inspector, isErrorData } from '../../runtime/index.ts'
import { filterOf, onThread } from './actor-choice.ts'
import { actorLinks } from './actor-links.ts'
import { actorTarget } from './actor-target.ts'
import { actorDetails, psRow, silentThreads } from './actor-text.ts'
import type { AdminNode } from './admin-node.ts'
import { type Caller, call } from './command.ts'
import { DEPTH_MAX, LIMITS, ROWS_MAX, TOP_SORTS } from './contract.ts'
import type { CrashRow } from './event-rows.ts'
import { bad, oneOf, Refusal, required, text, whole } from './params.ts'
import { inPieces, timed } from './pieces.ts'
import { threadFigures } from './thread-figures.ts'
import { topOf } from './top.ts'
import { treeRows } from './tree-rows.ts'

const TIMEOUT_MS = 1_000
const THREADS_MS = 250
const FOLD_DEFAULT = 5
const FOLD_MAX = 1_000
const ROWS_DEFAULT = 500
const TOP_DEFAULT = 20
const EVENTS_DEFAULT = 50
const MESSAGES_DEFAULT = 20
const STATE_DEPTH_DEFAULT = 3
const NAME_CHARS_MAX = 256
const MIN_WINDOW_MS = 50
const MAX_WINDOW_MS = 10_000

const sort = oneOf(TOP_SORTS)
const target = required(text(NAME_CHARS_MAX))
const rows = whole(1, ROWS_MAX, ROWS_DEFAULT)
const filter = { match: text(NAME_CHARS_MAX), type: text(NAME_CHARS_MAX), thread: whole(0, 255) }
const events = {
  sinceMs: whole(0, Number.MAX_SAFE_INTEGER, 0),
  limit: whole(1, LIMITS.events, EVENTS_DEFAULT),
  match: text(NAME_CHARS_MAX),
}

export function actorCommands(admin: AdminNode) {
  const inspector = (): Inspector => admin.node().inspector
  const refOf = (of: string, { spend }: Caller): Promise<string> => actorTarget(admin.node(), of, spend)
  return {
    tree: call('tree', {
      fields: { limit: rows, root: text(NAME_CHARS_MAX), fold: whole(1, FOLD_MAX, FOLD_DEFAULT) },
      rights: 'read',
      async run({ limit, root, fold }, caller) {
        const tree = await inspector().foldedTree({ limit, fold, timeoutMs: TIMEOUT_MS })
        caller.spend(tree.workMs)
        const lines = timed(caller.spend, () => treeRows(tree.rows, tree.folds, root))
        if (lines === undefined) throw notFound(root ?? '')
        const actors = tree.rows.length + tree.folds.reduce((sum, { count }) => sum + count, 0)
        const { atMs, truncated } = tree
        return { atMs, silent: silentThreads(tree.silent), truncated, actors, rows: lines }
      },
    }),
    ps: call('ps', {
      fields: { limit: rows, ...filter, after: text(40) },
      rights: 'read',
      async run({ limit, thread, after, ...choice }, caller) {
        requireThread(admin, thread)
        const place = after === undefined ? {} : { after: placeOf(after) }
        const options = { limit, ...onThread(thread), ...filterOf(choice), timeoutMs: TIMEOUT_MS, ...place }
        const list = await inspector().list(options)
        caller.spend(list.workMs)
        const { atMs, truncated, next } = list
        const page = {
          rows: await inPieces(caller.spend, list.rows, psRow),
          next: next === undefined ? undefined : `${next.thread}.${next.slot}`,
        }
        return { atMs, silent: silentThreads(list.silent), truncated, ...page }
      },
    }),
    top: call('top', {
      fields: {
        limit: whole(1, LIMITS.top, TOP_DEFAULT),
        ...filter,
        sort,
        windowMs: whole(MIN_WINDOW_MS, MAX_WINDOW_MS),
        follow: text(NAME_CHARS_MAX),
      },
      rights: 'read',
      run(params, caller) {
        requireThread(admin, params.thread)
        return topOf(admin, params, caller)
      },
    }),
    info: call('info', {
      fields: { target },
      rights: 'read',
      run: async (params, caller) =>
        actorDetails(await inspector().info(await refOf(params.target, caller), { timeoutMs: TIMEOUT_MS })),
    }),
    links: call('links', {
      fields: { target },
      rights: 'read',
      run: async (params, caller) => actorLinks(inspector(), await refOf(params.target, caller), TIMEOUT_MS),
    }),
    mailbox: call('mailbox', {
      fields: { target, limit: whole(1, LIMITS.messages, MESSAGES_DEFAULT), depth: whole(1, DEPTH_MAX) },
      rights: ({ depth }) => (depth === undefined ? 'read' : 'write'),
      async run({ target: of, limit, depth }, caller) {
        const content = depth === undefined ? {} : { depth }
        const { state: _, ...peek } = await inspector().peek(await refOf(of, caller), {
          messages: limit,
          timeoutMs: TIMEOUT_MS,
          ...content,
        })
        return peek
      },
    }),
    state: call('state', {
      fields: { target, depth: whole(1, DEPTH_MAX, STATE_DEPTH_DEFAULT) },
      rights: 'write',
      async run({ target: of, depth }, caller) {
        const peek = await inspector().peek(await refOf(of, caller), {
          messages: 1,
          depth,
          timeoutMs: TIMEOUT_MS,
        })
        const { type } = await inspector().info(peek.ref, { timeoutMs: TIMEOUT_MS })
        return { ref: peek.ref, type, state: peek.state ?? '' }
      },
    }),
    threads: call('threads', {
      fields: {},
      rights: 'read',
      isAlways: true,
      run: async () => ({ atMs: Date.now(), threads: await threadFigures(admin.node(), THREADS_MS) }),
    }),
    ...eventCommands(inspector),
  }
}

function eventCommands(inspector: () => Inspector) {
  return {
    restarts: call('restarts', {
      fields: events,
      rights: 'read',
      run({ sinceMs, limit, match }) {
        const found = inspector()
          .restarts({ sinceMs })
          .filter(({ supervisor, child }) => contains(match, supervisor, child))
        const restarts = found.slice(-limit).map(({ type: _, ref, reason, ...row }) => {
          return {
            ...row,
            ref: ref.toString(),
            reason: reason === undefined ? undefined : describeExit(reason),
          }
        })
        return { restarts }
      },
    }),
    crashes: call('crashes', {
      fields: events,
      rights: 'read',
      run({ sinceMs, limit, match }) {
        const found = inspector()
          .crashes({ sinceMs })
          .filter(({ actor, name }) => contains(match, actor, name))
        const crashes = found.slice(-limit).map(({ type: _, ref, parent, reason, ...row }): CrashRow => {
          const texts = { reason: describeExit(reason), stack: stackOf(reason) }
          return { ...row, ref: ref.toString(), parent: parent?.toString(), ...texts }
        })
        return { crashes }
      },
    }),
    threadEvents: call('threadEvents', {
      fields: events,
      rights: 'read',
      run({ sinceMs, limit, match }) {
        const found = inspector()
          .threadReports({ sinceMs })
          .filter(({ detail }) => contains(match, detail))
        return { events: found.slice(-limit).map(({ type: _, ...row }) => row) }
      },
    }),
    deadletters: call('deadletters', {
      fields: { limit: whole(1, LIMITS.letters, EVENTS_DEFAULT) },
      rights: 'read',
      async run({ limit }) {
        const { total, letters, silent } = await inspector().deadLetters({ limit, timeoutMs: TIMEOUT_MS })
        return { total, letters, silent: silentThreads(silent) }
      },
    }),
  }
}

function requireThread(admin: AdminNode, thread: number | undefined): void {
  if (thread === undefined || thread <= admin.settings.threads) return
  throw new Refusal(
    'NOT_FOUND',
    `Cannot look at thread ${thread}: the node has threads 0 to ${admin.settings.threads}`,
  )
}

function placeOf(after: string) {
  const match = /^(\d{1,3})\.(\d{1,10})$/.exec(after)
  if (match === null) throw bad('after', 'must be the `next` of an earlier answer')
  return { thread: Number(match[1]), slot: Number(match[2]) }
}

function contains(match: string | undefined, ...texts: readonly (string | undefined)[]): boolean {
  return match === undefined || texts.some((each) => each?.includes(match) === true)
}

function stackOf(reason: ExitReason): string | undefined {
  return isErrorData(reason) ? reason.stack : undefined
}

function notFound(root: string): Refusal {
  return new Refusal(
    'NOT_FOUND',
    `Cannot show the tree of ${JSON.stringify(root)}: no such actor has a line of its own`,
  )
}
