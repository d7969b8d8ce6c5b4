/**
 * How trees stop, in which order, and what becomes of children that do not, compared with Erlang/OTP.
 */

import { compareWithErlang } from './oracle.ts'
import type { ChildSpec, TreeStep } from './scenario.ts'
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
  terminateDynamic,
  tree,
  worker,
  workers,
} from './trees.ts'

/** Real time on Erlang's side. */
const SHUTDOWN_MS = 40

const MANNERS: readonly (readonly [how: string, options: Partial<ChildSpec>])[] = [
  ['that hangs', { terminate: 'hangs', shutdownMs: SHUTDOWN_MS }],
  ['that is in time', { terminate: 'slow', terminateMs: 10, shutdownMs: 1_000 }],
  ['that is too slow', { terminate: 'slow', terminateMs: 500, shutdownMs: SHUTDOWN_MS }],
  ['that has all the time', { terminate: 'slow', terminateMs: 10, shutdownMs: Infinity }],
  ['that crashes', { terminate: 'crashes' }],
  ['that is not asked', { shutdownMs: 0 }],
  ['that would hang and is not asked', { terminate: 'hangs', shutdownMs: 0 }],
]

const orders = [
  ...STRATEGIES.map((strategy) =>
    tree(`${strategy}: five children`, supervising(workers('a b c d e'), { strategy }), stopTree),
  ),
  ...RESTARTS.map((restart) =>
    tree(`${restart} children`, supervising(workers('a b c', { restart })), stopTree),
  ),
  tree('no children', supervising([]), stopTree),
  tree('a tree that is stopped twice', supervising(workers('a b')), stopTree, stopTree),
  tree(
    'a tree of three levels',
    supervising([
      worker('a'),
      nested('s', [worker('b'), nested('t', workers('c d')), worker('e')]),
      worker('f'),
    ]),
    stopTree,
  ),
  tree('after restarts', supervising(workers('a b c')), end('b', 'crash'), end('a', 'kill'), stopTree),
  tree(
    'after a restart of all',
    supervising(workers('a b c'), { strategy: 'oneForAll' }),
    end('b', 'crash'),
    stopTree,
  ),
  tree(
    'with a child that has ended',
    supervising(workers('a b c', { restart: 'transient' })),
    end('b', 'normal'),
    stopTree,
  ),
  tree('with a child that was stopped', supervising(workers('a b c')), terminate('b'), stopTree),
  tree(
    'nested supervisors that are killed at once',
    supervising([worker('a'), nested('s', workers('b c'), {}, { shutdownMs: 0 }), worker('d')]),
    stopTree,
  ),
]

const manners = MANNERS.flatMap(([how, options]) => [
  tree(
    `${how}, when the tree stops`,
    supervising([worker('a'), worker('b', options), worker('c')]),
    stopTree,
  ),
  tree(`${how}, when all of them do, and the tree stops`, supervising(workers('a b c', options)), stopTree),
  tree(
    `${how}, by request`,
    supervising([worker('a'), worker('b', options)]),
    terminate('b'),
    end('a', 'crash'),
  ),
  tree(
    `${how}, when all restart`,
    supervising([worker('a'), worker('b', options), worker('c')], { strategy: 'oneForAll' }),
    end('a', 'crash'),
    end('c', 'kill'),
  ),
  tree(
    `${how}, when the rest restarts`,
    supervising([worker('a'), worker('b', options), worker('c', options)], { strategy: 'restForOne' }),
    end('a', 'crash'),
  ),
  tree(
    `${how}, when its supervisor gives up`,
    supervising([worker('a'), worker('b', options), worker('c')], { restarts: 0 }),
    end('c', 'crash'),
  ),
  tree(
    `${how}, below a supervisor that stops`,
    supervising([nested('s', [worker('a'), worker('b', options)]), worker('c')], { strategy: 'oneForAll' }),
    end('c', 'crash'),
  ),
  tree(
    `${how}, among dynamic children that stop`,
    supervising([worker('template', options)], { strategy: 'template' }),
    startDynamic('a'),
    terminateDynamic('a'),
    startDynamic('b'),
    stopTree,
  ),
])

const dead: readonly TreeStep[] = [endTogether('b c', 'kill'), stopTree]

const already = [
  ...STRATEGIES.flatMap((strategy) =>
    RESTARTS.map((restart) =>
      tree(
        `${strategy}: ${restart} children that died just before the stop`,
        supervising(workers('a b c d', { restart }), { strategy }),
        ...dead,
      ),
    ),
  ),
  ...ENDS.map((how) =>
    tree(
      `a supervisor of which a child ends with ${how} while another one hangs`,
      supervising([worker('a'), worker('b', { terminate: 'hangs', shutdownMs: SHUTDOWN_MS })], {
        strategy: 'oneForAll',
      }),
      end('a', how),
      stopTree,
    ),
  ),
]

const killed = STRATEGIES.flatMap((strategy) => [
  tree(
    `${strategy}: a nested supervisor`,
    supervising([worker('a'), nested('s', workers('l m n')), worker('b')], { strategy }),
    end('s', 'kill'),
    end('m', 'crash'),
    end('s', 'kill'),
    stopTree,
  ),
  tree(`${strategy}: the top supervisor`, supervising(workers('a b c'), { strategy }), end('top', 'kill')),
  tree(
    `${strategy}: a supervisor of supervisors`,
    supervising([worker('a'), nested('s', [nested('t', workers('l m')), worker('n')])], { strategy }),
    end('s', 'kill'),
    stopTree,
  ),
])

compareWithErlang({
  'the order of a stop': orders,
  'a child': manners,
  'children that have ended before they are told to': already,
  'a supervisor that is killed': killed,
})
