/**
 * Children that do not start, at first or again, compared with Erlang/OTP.
 */

import { compareWithErlang } from './oracle.ts'
import {
  end,
  endTogether,
  nested,
  RESTARTS,
  restart,
  STRATEGIES,
  start,
  startDynamic,
  stopTree,
  supervising,
  terminate,
  tree,
  worker,
} from './trees.ts'

const first = [
  ...['a', 'b', 'c'].map((id) =>
    tree(
      `${id} of a, b, c`,
      supervising(['a', 'b', 'c'].map((each) => worker(each, each === id ? { failStarts: [1] } : {}))),
    ),
  ),
  ...RESTARTS.map((kind) =>
    tree(`a ${kind} child`, supervising([worker('a'), worker('b', { restart: kind, failStarts: [1] })])),
  ),
  tree(
    'a child of a nested supervisor',
    supervising([worker('a'), nested('s', [worker('l'), worker('m', { failStarts: [1] })]), worker('b')]),
  ),
  tree(
    'a child, when another one hangs as it stops',
    supervising([worker('a', { terminate: 'hangs', shutdownMs: 30 }), worker('b', { failStarts: [1] })]),
  ),
]

const again = STRATEGIES.flatMap((strategy) =>
  RESTARTS.flatMap((kind) =>
    [[2], [2, 3, 4], [3]].flatMap((failStarts) => [
      tree(
        `${strategy}: ${kind} b of a, b, c does not start at ${failStarts.join(', ')}`,
        supervising([worker('a'), worker('b', { restart: kind, failStarts }), worker('c')], { strategy }),
        end('b', 'crash'),
        end('a', 'crash'),
        end('b', 'kill'),
        stopTree,
      ),
      tree(
        `${strategy} with 2 restarts: ${kind} b of a, b, c does not start at ${failStarts.join(', ')}`,
        supervising([worker('a'), worker('b', { restart: kind, failStarts }), worker('c')], {
          strategy,
          restarts: 2,
        }),
        end('a', 'crash'),
        end('b', 'crash'),
      ),
    ]),
  ),
)

const groups = STRATEGIES.flatMap((strategy) => [
  tree(
    `${strategy}: several in turn`,
    supervising(
      [
        worker('a', { failStarts: [3] }),
        worker('b', { failStarts: [2, 3] }),
        worker('c', { failStarts: [2, 5] }),
        worker('d'),
      ],
      { strategy },
    ),
    end('a', 'crash'),
    end('b', 'crash'),
    end('d', 'crash'),
    stopTree,
  ),
  tree(
    `${strategy}: two that ended at once`,
    supervising([worker('a', { failStarts: [2] }), worker('b', { failStarts: [2] }), worker('c')], {
      strategy,
    }),
    endTogether('a b', 'crash'),
    endTogether('c a', 'kill'),
  ),
  tree(
    `${strategy}: a temporary child among those that restart`,
    supervising([worker('a'), worker('b', { restart: 'temporary' }), worker('c', { failStarts: [2] })], {
      strategy,
    }),
    end('a', 'crash'),
    end('c', 'crash'),
  ),
  tree(
    `${strategy}: a child below a nested supervisor, which gives up`,
    supervising(
      [
        worker('a'),
        nested('s', [worker('l'), worker('m', { failStarts: [2, 3, 4] })], { restarts: 1 }),
        worker('b'),
      ],
      { strategy },
    ),
    end('m', 'crash'),
    end('a', 'crash'),
    stopTree,
  ),
  tree(
    `${strategy}: never again`,
    supervising([worker('a'), worker('b', { failStarts: [2, 3, 4, 5, 6, 7] })], { strategy, restarts: 4 }),
    end('b', 'crash'),
  ),
])

const requested = [
  tree(
    'a new child',
    supervising([worker('a')]),
    start(worker('b', { failStarts: [1] })),
    start(worker('b')),
    start(worker('c')),
  ),
  tree(
    'a child that was stopped',
    supervising([worker('a'), worker('b', { failStarts: [2] })]),
    terminate('b'),
    restart('b'),
    restart('b'),
  ),
  tree(
    'a nested supervisor',
    supervising([worker('a')]),
    start(nested('s', [worker('l'), worker('m', { failStarts: [1] })])),
    start(nested('s', [worker('l')])),
  ),
  ...RESTARTS.map((kind) =>
    tree(
      `a ${kind} new child`,
      supervising([worker('a')]),
      start(worker('b', { restart: kind, failStarts: [1] })),
      restart('b'),
    ),
  ),
  tree(
    'a dynamic child',
    supervising([worker('template', { failStarts: [1] })], { strategy: 'template' }),
    startDynamic('a'),
    startDynamic('a'),
    end('a', 'crash'),
  ),
  tree(
    'a dynamic child, at its restart',
    supervising([worker('template', { failStarts: [2, 3] })], { strategy: 'template' }),
    startDynamic('a'),
    startDynamic('b'),
    end('a', 'crash'),
    stopTree,
  ),
  tree(
    'a dynamic child, until its supervisor gives up',
    supervising([worker('template', { failStarts: [2, 3, 4] })], { strategy: 'template', restarts: 2 }),
    startDynamic('a'),
    startDynamic('b'),
    end('a', 'crash'),
  ),
]

compareWithErlang({
  'a failing start of the tree:': first,
  'a failing restart:': again,
  'failing restarts of a group:': groups,
  'a failing start by request:': requested,
})
