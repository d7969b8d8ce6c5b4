/**
 * How calls end, compared with Erlang/OTP's `gen_server:call`.
 */

import {
  a,
  act,
  alive,
  b,
  c,
  call,
  crash,
  d,
  differs,
  ENDS,
  exit,
  later,
  link,
  monitor,
  reply,
  scenario,
  send,
  stop,
  tell,
  together,
  trap,
} from './acts.ts'
import { compareWithErlang } from './oracle.ts'
import type { ActorScenario } from './scenario.ts'

/** Real time on Erlang's side, so far apart that a busy machine does not blur them. */
const SOON_MS = 30
const LATE_MS = 200
const LATER_MS = 300

/**
 * The caller hears of the end of its callee in the handler that waits for the answer, and only then ends
 * itself.
 */
const finishing = (scenario: ActorScenario): ActorScenario => differs('finishesMessageInWork', scenario)
const same = (scenario: ActorScenario): ActorScenario => scenario

const answers = [
  scenario('at once', [a, b], act('a', call('b', 1_000, reply(1)))),
  scenario('after some time', [a, b], act('a', call('b', 1_000, later(SOON_MS, reply(1))))),
  scenario('twice', [a, b], act('a', call('b', 1_000, reply(1), reply(2)), send('a', 3))),
  scenario('by another actor', [a, b, c], act('a', call('b', 1_000, tell('c', reply(1))))),
  scenario(
    'by another actor, after the callee has ended',
    [a, b, c],
    act('a', call('b', 1_000, tell('c', later(SOON_MS, reply(1))), stop('normal'))),
  ),
  scenario(
    'before the callee crashes',
    [a, b],
    act('a', monitor('b')),
    act('a', call('b', 1_000, reply(1), crash)),
  ),
  scenario(
    'of calls one after the other',
    [a, b],
    act('a', call('b', 1_000, reply(1)), call('b', 1_000, reply(2))),
  ),
  scenario(
    'of a call inside a call',
    [a, b, c],
    act('a', call('b', 1_000, call('c', 1_000, reply(1)), reply(2))),
  ),
  scenario(
    'to each of two callers at once, the second first',
    [a, b, c],
    together(act('a', call('b', 1_000, later(SOON_MS, reply(1)))), act('c', call('b', 1_000, reply(2)))),
  ),
]

const timeouts = [
  scenario('when nobody answers', [a, b], act('a', call('b', SOON_MS), send('a', 1))),
  scenario(
    'and what comes late vanishes',
    [a, b],
    act('a', call('b', SOON_MS, later(LATE_MS, reply(1))), send('a', 2)),
    alive('a'),
  ),
  scenario(
    'and the next call gets its own answer',
    [a, b],
    act('a', call('b', SOON_MS, later(LATE_MS, reply(1))), call('b', 1_000, later(LATER_MS, reply(2)))),
  ),
  scenario(
    'while the callee is busy',
    [a, b, c],
    { held: 'b', steps: [act('a', call('b', SOON_MS, reply(1)))] },
    alive('a'),
  ),
  scenario('of no time', [a, b], act('a', call('b', 0), send('a', 1))),
  scenario('inside a call', [a, b, c], act('a', call('b', 1_000, call('c', SOON_MS), reply(2)))),
  scenario(
    'of the outer of two calls',
    [a, b, c],
    act('a', call('b', SOON_MS, call('c', LATE_MS), reply(2))),
    alive('a'),
    alive('b'),
  ),
]

const gone = ENDS.flatMap(([how, end]) => [
  scenario(`that ${how} before the call`, [a, b], act('b', end), act('a', call('b', 1_000, reply(1)))),
  scenario(`that ${how} during the call`, [a, b], act('a', call('b', 1_000, end))),
  scenario(
    `that ${how} some time after it took the call`,
    [a, b],
    act('a', call('b', 1_000, later(SOON_MS, end))),
  ),
  scenario(
    `that ${how} with the call in its mailbox`,
    [a, b, c, d],
    together(
      act('b', call('d', 1_000, later(LATE_MS, reply(1)))),
      act('c', later(SOON_MS, tell('b', end))),
      act('a', later(2 * SOON_MS, call('b', 1_000, reply(2)))),
    ),
  ),
  scenario(
    `that ${how}, linked to a caller that traps`,
    [trap(a), b],
    act('a', link('b')),
    act('a', call('b', 1_000, end), send('a', 1)),
  ),
  (how === 'stops with normal' ? same : finishing)(
    scenario(
      `that ${how}, linked to a caller that does not trap`,
      [a, b],
      act('a', link('b')),
      act('a', call('b', 1_000, end), send('a', 1)),
    ),
  ),
  scenario(
    `that ${how}, monitored by the caller`,
    [a, b],
    act('a', monitor('b')),
    act('a', call('b', 1_000, end), send('a', 1)),
  ),
  scenario(`that ${how} after it passed the call on`, [a, b, c], act('a', call('b', 1_000, tell('c'), end))),
])

const interrupted = [
  scenario(
    'whose callee is killed',
    [a, b, c],
    together(act('a', call('b', 1_000)), act('c', later(SOON_MS, exit('b', 'kill')))),
  ),
  scenario(
    'whose callee is killed while it waits itself',
    [a, b, c, d],
    together(act('a', call('b', 1_000, call('c', 1_000))), act('d', later(SOON_MS, exit('b', 'kill')))),
    alive('c'),
  ),
  scenario(
    'whose callee is killed, with another call in its mailbox',
    [a, b, c, d],
    together(
      act('a', call('b', 1_000, call('d', 100))),
      act('c', call('b', 1_000, reply(1))),
      act('d', later(SOON_MS, exit('b', 'kill'))),
    ),
  ),
  scenario(
    'whose caller is killed',
    [a, b, c],
    together(
      act('a', call('b', 1_000, later(LATE_MS, reply(1)))),
      act('c', later(SOON_MS, exit('a', 'kill'))),
    ),
    alive('b'),
  ),
  finishing(
    scenario(
      'whose caller is told to exit',
      [a, b, c],
      together(
        act('a', call('b', 1_000, later(LATE_MS, reply(1)))),
        act('c', later(SOON_MS, exit('a', 'other'))),
      ),
      alive('b'),
    ),
  ),
]

compareWithErlang({
  'an answer': answers,
  'a time-out': timeouts,
  'a call to an actor': gone,
  'a call': interrupted,
})
