/**
 * Significant children and automatic shutdown, compared with Erlang/OTP: every restart, exit reason and way
 * to end.
 */

import { compareWithErlang } from './oracle.ts'
import {
  ENDS,
  end,
  endTogether,
  nested,
  remove,
  restart as restartChild,
  STRATEGIES,
  start,
  startDynamic,
  stopTree,
  supervising,
  terminate,
  terminateDynamic,
  tree,
  worker,
} from './trees.ts'

const AUTO = ['anySignificant', 'allSignificant'] as const
const RESTARTS = ['transient', 'temporary'] as const

const byItself = AUTO.flatMap((autoShutdown) =>
  STRATEGIES.flatMap((strategy) =>
    RESTARTS.flatMap((restart) =>
      ENDS.map((how) =>
        tree(
          `${autoShutdown}, ${strategy}: ${restart} b, then ${restart} d, ends with ${how}`,
          supervising(
            [
              worker('a'),
              worker('b', { restart, significant: true }),
              worker('c'),
              worker('d', { restart, significant: true }),
            ],
            {
              autoShutdown,
              strategy,
            },
          ),
          end('a', 'crash'),
          end('b', how),
          end('d', how),
        ),
      ),
    ),
  ),
)

const byRequest = AUTO.flatMap((autoShutdown) =>
  RESTARTS.flatMap((restart) => {
    const spec = supervising(
      [worker('a'), ...['b', 'c'].map((id) => worker(id, { restart, significant: true }))],
      { autoShutdown },
    )
    return [
      tree(`${autoShutdown}: ${restart} b and c are stopped`, spec, terminate('b'), terminate('c')),
      tree(`${autoShutdown}: ${restart} b is stopped and c ends`, spec, terminate('b'), end('c', 'normal')),
      tree(
        `${autoShutdown}: ${restart} b is stopped and deleted and c ends`,
        spec,
        terminate('b'),
        remove('b'),
        end('c', 'normal'),
      ),
      tree(
        `${autoShutdown}: ${restart} b is stopped and restarted and c ends`,
        spec,
        terminate('b'),
        restartChild('b'),
        end('c', 'normal'),
      ),
      tree(
        `${autoShutdown}: ${restart} b ends and the insignificant a is stopped`,
        spec,
        terminate('a'),
        end('b', 'normal'),
      ),
      tree(`${autoShutdown}: the whole tree is stopped`, spec, stopTree),
      tree(
        `${autoShutdown}: ${restart} b and c end, and a significant d was added`,
        spec,
        start(worker('d', { restart, significant: true })),
        endTogether('b c', 'normal'),
        end('d', 'normal'),
      ),
    ]
  }),
)

const grouped = AUTO.flatMap((autoShutdown) =>
  STRATEGIES.flatMap((strategy) =>
    RESTARTS.flatMap((restart) => [
      tree(
        `${autoShutdown}, ${strategy}: a significant ${restart} b is stopped for the restart of a`,
        supervising(
          [
            worker('a'),
            worker('b', { restart, significant: true }),
            worker('c', { restart, significant: true }),
          ],
          { autoShutdown, strategy },
        ),
        end('a', 'crash'),
        end('c', 'normal'),
      ),
      tree(
        `${autoShutdown}, ${strategy}: both significant ${restart} children end at once`,
        supervising(
          [
            worker('a'),
            worker('b', { restart, significant: true }),
            worker('c', { restart, significant: true }),
          ],
          { autoShutdown, strategy },
        ),
        endTogether('c b', 'normal'),
      ),
      tree(
        `${autoShutdown}, ${strategy}: a significant ${restart} supervisor ends by its own significant child`,
        supervising(
          [
            worker('a'),
            nested(
              's',
              [worker('l'), worker('m', { restart, significant: true })],
              { autoShutdown },
              { restart, significant: true },
            ),
            worker('b'),
          ],
          { autoShutdown, strategy },
        ),
        end('l', 'crash'),
        end('m', 'normal'),
      ),
      tree(
        `${autoShutdown}, ${strategy}: a permanent supervisor ends by its significant ${restart} child`,
        supervising(
          [
            worker('a'),
            nested('s', [worker('l'), worker('m', { restart, significant: true })], { autoShutdown }),
            worker('b'),
          ],
          { strategy },
        ),
        end('m', 'normal'),
        end('m', 'shutdown'),
      ),
    ]),
  ),
)

const dynamic = AUTO.flatMap((autoShutdown) =>
  RESTARTS.flatMap((restart) =>
    ENDS.map((how) =>
      tree(
        `${autoShutdown}: significant ${restart} dynamic children end with ${how}`,
        supervising([worker('template', { restart, significant: true })], {
          autoShutdown,
          strategy: 'template',
        }),
        startDynamic('a'),
        startDynamic('b'),
        startDynamic('c'),
        terminateDynamic('c'),
        end('a', how),
        end('b', how),
      ),
    ),
  ),
)

compareWithErlang({
  'a significant child that ends by itself': byItself,
  'a significant child that is stopped by request': byRequest,
  'significant children among others': grouped,
  'significant dynamic children': dynamic,
})
