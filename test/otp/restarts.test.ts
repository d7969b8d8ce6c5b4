/**
 * Which children a supervisor starts again, compared with Erlang/OTP: every restart, exit reason, strategy
 * and position.
 */

import { compareWithErlang } from './oracle.ts'
import {
  ENDS,
  end,
  endTogether,
  nested,
  RESTARTS,
  STRATEGIES,
  startDynamic,
  stopTree,
  supervising,
  terminate,
  tree,
  worker,
  workers,
} from './trees.ts'

const POSITIONS = ['a', 'b', 'c']

/** `id` has the restart that is looked at; its siblings are permanent. */
const siblings = (id: string, restart: (typeof RESTARTS)[number]) =>
  POSITIONS.map((each) => worker(each, each === id ? { restart } : {}))

const cells = STRATEGIES.flatMap((strategy) =>
  RESTARTS.flatMap((restart) =>
    ENDS.flatMap((how) =>
      POSITIONS.map((id) =>
        tree(
          `${strategy}: ${restart} ${id} of a, b, c ends with ${how}`,
          supervising(siblings(id, restart), { strategy }),
          end(id, how),
          end(id, how),
          end('b', 'crash'),
          stopTree,
        ),
      ),
    ),
  ),
)

const mixed = STRATEGIES.flatMap((strategy) =>
  ENDS.flatMap((how) =>
    POSITIONS.map((id) =>
      tree(
        `${strategy}: ${id} of permanent a, transient b, temporary c ends with ${how}`,
        supervising(
          [worker('a'), worker('b', { restart: 'transient' }), worker('c', { restart: 'temporary' })],
          { strategy },
        ),
        end(id, how),
        end('a', 'crash'),
        end('b', 'normal'),
        end('a', 'kill'),
        stopTree,
      ),
    ),
  ),
)

const dynamic = RESTARTS.flatMap((restart) =>
  ENDS.map((how) =>
    tree(
      `${restart} children of a template end with ${how}`,
      supervising([worker('template', { restart })], { strategy: 'template' }),
      startDynamic('a'),
      startDynamic('b'),
      startDynamic('c'),
      end('b', how),
      end('a', how),
      end('b', how),
    ),
  ),
)

const together = STRATEGIES.flatMap((strategy) =>
  RESTARTS.flatMap((restart) =>
    (['normal', 'crash', 'kill'] as const).flatMap((how) =>
      ['a b', 'b a', 'b c', 'a c', 'c b a', 'a b c d'].map((ids) =>
        tree(
          `${strategy}: ${restart} ${ids} of a, b, c, d end at once with ${how}`,
          supervising(workers('a b c d', { restart }), { strategy }),
          endTogether(ids, how),
          stopTree,
        ),
      ),
    ),
  ),
)

const stopped = STRATEGIES.flatMap((strategy) =>
  RESTARTS.map((restart) =>
    tree(
      `${strategy}: a crashes while ${restart} b is stopped by request`,
      supervising([worker('a'), worker('b', { restart }), worker('c')], { strategy }),
      terminate('b'),
      end('a', 'crash'),
      end('c', 'crash'),
    ),
  ),
)

const levels = STRATEGIES.flatMap((strategy) =>
  ENDS.flatMap((how) =>
    ['b', 'm', 'n'].map((id) =>
      tree(
        `${strategy}: ${id} of a, s (l, m, n), b ends with ${how}`,
        supervising([worker('a'), nested('s', workers('l m n'), { strategy }), worker('b')], { strategy }),
        end(id, how),
        end('a', how),
        stopTree,
      ),
    ),
  ),
)

compareWithErlang({
  'a child that ends': cells,
  'a child that ends among mixed siblings': mixed,
  'a dynamic child that ends': dynamic,
  'children that end at once': together,
  'a child that was stopped by request': stopped,
  'a child below two supervisors': levels,
})
