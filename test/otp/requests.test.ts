/**
 * Requests to supervisors and their answers, compared with Erlang/OTP.
 */

import { compareWithErlang } from './oracle.ts'
import type { ChildSpec, SupervisorSpec } from './scenario.ts'
import {
  ENDS,
  end,
  endTogether,
  nested,
  RESTARTS,
  remove,
  restart,
  STRATEGIES,
  start,
  startDynamic,
  stopTree,
  supervising,
  terminate,
  terminateDynamic,
  tree,
  worker,
  workers,
} from './trees.ts'

const starts = [
  tree('a child', supervising([]), start(worker('a')), start(worker('b')), end('a', 'crash'), stopTree),
  tree('a child that is there', supervising(workers('a')), start(worker('a'))),
  tree('a child that was stopped', supervising(workers('a')), terminate('a'), start(worker('a'))),
  ...RESTARTS.flatMap((kind) =>
    ENDS.map((how) =>
      tree(
        `a ${kind} child that has ended with ${how}`,
        supervising([worker('a', { restart: kind })]),
        end('a', how),
        start(worker('a')),
      ),
    ),
  ),
  tree('a supervisor', supervising([]), start(nested('s', workers('a b'))), end('a', 'crash'), stopTree),
  tree(
    'a child of a nested supervisor',
    supervising([nested('s', workers('a'))]),
    start(worker('b'), 's'),
    end('a', 'crash'),
    end('s', 'kill'),
  ),
  ...STRATEGIES.map((strategy) =>
    tree(
      `${strategy}: a child that then restarts with the others`,
      supervising(workers('a b'), { strategy }),
      start(worker('c')),
      end('b', 'crash'),
      end('c', 'crash'),
      stopTree,
    ),
  ),
]

const others = RESTARTS.flatMap((kind) => {
  const spec = supervising([worker('a', { restart: kind }), worker('b')])
  return [
    tree(`a running ${kind} child`, spec, restart('a'), remove('a'), terminate('a'), terminate('a')),
    tree(
      `a stopped ${kind} child`,
      spec,
      terminate('a'),
      restart('a'),
      terminate('a'),
      remove('a'),
      restart('a'),
      remove('a'),
    ),
    ...ENDS.flatMap((how) => [
      tree(
        `restart of a ${kind} child that has ended with ${how}`,
        spec,
        end('a', how),
        restart('a'),
        restart('a'),
      ),
      tree(
        `deletion of a ${kind} child that has ended with ${how}`,
        spec,
        end('a', how),
        remove('a'),
        remove('a'),
      ),
      tree(
        `termination of a ${kind} child that has ended with ${how}`,
        spec,
        end('a', how),
        terminate('a'),
        terminate('a'),
      ),
    ]),
  ]
})

const unknown = [
  tree('by any request', supervising(workers('a')), terminate('x'), restart('x'), remove('x')),
  tree(
    'by any request, of a supervisor without children',
    supervising([]),
    terminate('x'),
    restart('x'),
    remove('x'),
  ),
  tree(
    'by any request, to a supervisor that is gone',
    supervising(workers('a')),
    stopTree,
    terminate('a'),
    restart('a'),
    remove('a'),
    start(worker('b')),
  ),
]

const supervisors = [
  tree(
    'stopped and started again',
    supervising([worker('a'), nested('s', workers('l m'))]),
    terminate('s'),
    restart('s'),
    terminate('s'),
    remove('s'),
    end('l', 'crash'),
  ),
  tree('asked while it runs', supervising([nested('s', workers('l'))]), restart('s'), remove('s')),
  tree(
    'with children of its own that were added',
    supervising([nested('s', workers('l'))]),
    start(worker('m'), 's'),
    terminate('s'),
    restart('s'),
  ),
]

/** The supervisor finds the end of the child, or of its siblings, and the request at the same time. */
const late = STRATEGIES.flatMap((strategy) =>
  RESTARTS.flatMap((kind) => {
    const spec = supervising(
      [worker('a'), worker('b', { restart: kind }), worker('c', { failStarts: [2] })],
      { strategy },
    )
    return (['normal', 'crash', 'kill'] as const).flatMap((how) => [
      tree(
        `${strategy}: terminate ${kind} b, which has ended with ${how}`,
        spec,
        endTogether('b', how, terminate('b')),
      ),
      tree(
        `${strategy}: restart ${kind} b, which has ended with ${how}`,
        spec,
        endTogether('b', how, restart('b')),
      ),
      tree(
        `${strategy}: delete ${kind} b, which has ended with ${how}`,
        spec,
        endTogether('b', how, remove('b')),
      ),
      tree(
        `${strategy}: start another ${kind} b, which has ended with ${how}`,
        spec,
        endTogether('b', how, start(worker('b'))),
      ),
      tree(
        `${strategy}: stop, restart and delete c, which does not start, as ${kind} a and b have ended with ${how}`,
        spec,
        endTogether('a b c', how, restart('c'), terminate('c'), remove('c')),
      ),
    ])
  }),
)

const order = STRATEGIES.map((strategy) =>
  tree(
    `${strategy}: children that were deleted and added again`,
    supervising(workers('a b c'), { strategy }),
    terminate('a'),
    remove('a'),
    start(worker('a')),
    end('b', 'crash'),
    end('c', 'crash'),
    stopTree,
  ),
)

const dynamic = [
  tree(
    'started and stopped',
    supervising([worker('template')], { strategy: 'template' }),
    startDynamic('a'),
    startDynamic('b'),
    terminateDynamic('a'),
    startDynamic('c'),
    end('b', 'kill'),
  ),
  ...RESTARTS.map((kind) =>
    tree(
      `${kind}, stopped after it ended`,
      supervising([worker('template', { restart: kind })], { strategy: 'template' }),
      startDynamic('a'),
      startDynamic('b'),
      end('a', 'normal'),
      terminateDynamic('a'),
    ),
  ),
]

// --- specs that are refused ---

const wrong = (fields: Record<string, unknown>): ChildSpec => ({ ...worker('x'), ...fields }) as ChildSpec
const wrongTree = (fields: Record<string, unknown>): SupervisorSpec =>
  ({ ...supervising(workers('a b')), ...fields }) as SupervisorSpec

const WRONG_CHILDREN: readonly (readonly [what: string, child: ChildSpec])[] = [
  ['an unknown restart', wrong({ restart: 'sometimes' })],
  ['a negative shutdown time', wrong({ shutdownMs: -1 })],
  ['a shutdown time that is a word', wrong({ shutdownMs: 'soon' })],
  ['a shutdown time that is no whole number', wrong({ shutdownMs: 1.5 })],
  ['significant without automatic shutdown', wrong({ restart: 'transient', significant: true })],
  ['significant that is no boolean', wrong({ restart: 'transient', significant: 'yes' })],
]

const WRONG_SIGNIFICANT = (['anySignificant', 'allSignificant'] as const).map(
  (autoShutdown) =>
    [
      `significant and permanent under ${autoShutdown}`,
      supervising([wrong({ significant: true })], { autoShutdown }),
    ] as const,
)

const WRONG_TREES: readonly (readonly [what: string, spec: SupervisorSpec])[] = [
  ['an unknown strategy', wrongTree({ strategy: 'oneForNone' })],
  ['negative restarts', wrongTree({ restarts: -1 })],
  ['restarts that are no whole number', wrongTree({ restarts: 1.5 })],
  ['a period of no time', wrongTree({ periodMs: 0 })],
  ['a negative period', wrongTree({ periodMs: -1_000 })],
  ['a period that is a word', wrongTree({ periodMs: 'long' })],
  ['an unknown automatic shutdown', wrongTree({ autoShutdown: 'sometimes' })],
  ['two children of the same id', supervising(workers('a b a'))],
  ...WRONG_SIGNIFICANT,
]

const refused = [
  ...WRONG_CHILDREN.map(([what, child]) =>
    tree(`a child with ${what}`, supervising([worker('a'), child, worker('b')])),
  ),
  ...WRONG_CHILDREN.map(([what, child]) =>
    tree(`a new child with ${what}`, supervising(workers('a')), start(child), start(worker('b'))),
  ),
  ...WRONG_TREES.map(([what, spec]) => tree(`a supervisor with ${what}`, spec)),
  ...WRONG_TREES.map(([what, spec]) =>
    tree(
      `a nested supervisor, added later, with ${what}`,
      supervising([worker('z')]),
      start({ ...nested('s', []), supervisor: spec }),
    ),
  ),
  tree(
    'a new significant permanent child',
    supervising(workers('a'), { autoShutdown: 'anySignificant' }),
    start(wrong({ significant: true })),
  ),
]

compareWithErlang({
  'a start': starts,
  'a child that is known': others,
  'a child that is not known': unknown,
  'a supervisor below another': supervisors,
  'a request that meets an end': late,
  'the order of children': order,
  'a dynamic child': dynamic,
  'a spec that is refused': refused,
})
