/**
 * How many restarts a supervisor makes before it gives up, compared with Erlang/OTP.
 */

import { compareWithErlang } from './oracle.ts'
import type { TreeStep } from './scenario.ts'
import {
  end,
  endTogether,
  nested,
  STRATEGIES,
  startDynamic,
  supervising,
  terminate,
  tree,
  wait,
  worker,
  workers,
} from './trees.ts'

const crashes = (id: string, count: number): TreeStep[] =>
  Array.from({ length: count }, () => end(id, 'crash'))

const limits = STRATEGIES.flatMap((strategy) =>
  [0, 1, 2, 5].flatMap((restarts) => [
    ...[restarts, restarts + 1].map((count) =>
      tree(
        `${strategy} with ${restarts} restarts and ${count} crashes`,
        supervising(workers('a b c'), { strategy, restarts }),
        ...crashes('b', count),
      ),
    ),
    tree(
      `${strategy} with ${restarts} restarts and crashes of different children`,
      supervising(workers('a b c'), { strategy, restarts }),
      ...['a', 'b', 'c', 'a', 'b', 'c'].slice(0, restarts + 1).map((id) => end(id, 'crash')),
    ),
    tree(
      `${strategy} with ${restarts} restarts and three children that crash at once`,
      supervising(workers('a b c'), { strategy, restarts }),
      endTogether('a b c', 'crash'),
    ),
  ]),
)

const uncounted = [
  tree(
    'an end that needs no restart',
    supervising([worker('a', { restart: 'temporary' }), worker('b', { restart: 'transient' }), worker('c')], {
      restarts: 0,
    }),
    end('a', 'crash'),
    end('b', 'normal'),
  ),
  tree(
    'a normal end of a permanent child',
    supervising(workers('a b'), { restarts: 1 }),
    end('a', 'normal'),
    end('b', 'shutdown'),
  ),
  tree(
    'a child stopped by request',
    supervising(workers('a b'), { restarts: 0 }),
    terminate('a'),
    terminate('b'),
  ),
]

const dynamic = [0, 1, 3].map((restarts) =>
  tree(
    `a template with ${restarts} restarts`,
    supervising([worker('template')], { strategy: 'template', restarts }),
    startDynamic('a'),
    startDynamic('b'),
    ...crashes('a', restarts),
    end('b', 'crash'),
  ),
)

const above = STRATEGIES.flatMap((strategy) => [
  tree(
    `${strategy} below: the supervisor above restarts the one that gave up`,
    supervising([worker('a'), nested('s', workers('l m'), { strategy, restarts: 1 }), worker('b')]),
    ...crashes('m', 3),
    end('a', 'crash'),
  ),
  tree(
    `${strategy} above: everything that belongs to it restarts`,
    supervising([worker('a'), nested('s', workers('l m'), { restarts: 0 }), worker('b')], { strategy }),
    end('l', 'crash'),
    end('m', 'kill'),
  ),
  tree(
    `${strategy} on three levels: each gives up in turn`,
    supervising(
      [
        worker('a'),
        nested('s', [worker('b'), nested('t', workers('l m'), { strategy, restarts: 1 })], {
          strategy,
          restarts: 1,
        }),
      ],
      {
        strategy,
        restarts: 1,
      },
    ),
    ...crashes('l', 9),
  ),
  ...(['transient', 'temporary'] as const).map((restart) =>
    tree(
      `${strategy}: a ${restart} supervisor that gave up`,
      supervising([worker('a'), nested('s', workers('l m'), { restarts: 0 }, { restart }), worker('b')], {
        strategy,
      }),
      end('l', 'crash'),
      end('b', 'crash'),
    ),
  ),
])

/** In real seconds on Erlang's side: few of them, side by side. */
const PERIOD_MS = 1_000
const PERIOD_PASSED_MS = 2_100

const periods = STRATEGIES.map((strategy) =>
  tree(
    `${strategy}: restarts older than the period are forgotten`,
    supervising(workers('a b'), { strategy, restarts: 2, periodMs: PERIOD_MS }),
    ...crashes('a', 2),
    wait(PERIOD_PASSED_MS),
    ...crashes('a', 2),
    wait(PERIOD_PASSED_MS),
    end('b', 'crash'),
    ...crashes('a', 2),
  ),
)

compareWithErlang({
  'the number of restarts': limits,
  'what is no restart': uncounted,
  'the number of restarts of dynamic children': dynamic,
  'a supervisor that gives up': above,
  'the period': periods,
})
