/**
 * The order in which one actor receives what another one sends, signals included, compared with Erlang/OTP.
 */

import {
  a,
  act,
  alive,
  anyOrder,
  b,
  c,
  call,
  crash,
  differs,
  ENDS,
  EXIT_REASONS,
  exit,
  later,
  link,
  monitor,
  reply,
  scenario,
  send,
  spawn,
  tell,
  trap,
} from './acts.ts'
import { compareWithErlang } from './oracle.ts'
import type { ActorScenario } from './scenario.ts'

const overtaking = (scenario: ActorScenario): ActorScenario => differs('signalsOvertake', scenario)
const same = (scenario: ActorScenario): ActorScenario => scenario

const numbers = [1, 2, 3, 4, 5]
const toB = numbers.map((value) => send('b', value))

const messages = [
  scenario('five messages', [a, b], act('a', ...toB)),
  scenario(
    'two hundred messages',
    [a, b],
    act('a', ...Array.from({ length: 200 }, (_, value) => send('b', value))),
  ),
  scenario('messages to itself', [a], act('a', send('a', 1), tell('a', send('a', 3)), send('a', 2))),
  scenario('messages to itself behind those of another', [a, b], {
    held: 'b',
    steps: [act('a', tell('b', send('b', 3)), send('b', 1), send('b', 2))],
  }),
  scenario(
    'messages to two actors in turns',
    [a, b, c],
    act('a', send('b', 1), send('c', 1), send('b', 2), send('c', 2)),
  ),
  scenario('messages to one that is held back', [a, b], {
    held: 'b',
    steps: [act('a', ...toB), act('a', send('b', 6))],
  }),
  scenario('messages of two senders, one after the other, to one that is held back', [a, b, c], {
    held: 'b',
    steps: [act('a', send('b', 1)), act('c', send('b', 2)), act('a', send('b', 3))],
  }),
  scenario(
    'messages to one that awaits a call',
    [a, b, c],
    act('b', call('c', 1_000, later(20, reply(7)))),
    act('a', ...toB),
  ),
  scenario(
    'messages to itself, sent before and after a call',
    [a, b],
    act('a', send('a', 1), call('b', 1_000, later(10, reply(7))), send('a', 2)),
  ),
  scenario(
    'timers of the same actor',
    [a],
    act('a', later(20, send('a', 2)), later(5, send('a', 1)), later(40, send('a', 3))),
  ),
  scenario(
    'timers of the same moment',
    [a],
    act('a', later(5, send('a', 1)), later(5, send('a', 2)), later(5, send('a', 3))),
  ),
  scenario('a timer of no time behind a message', [a], act('a', later(0, send('a', 2)), send('a', 1))),
  scenario(
    'a message to a child right after its spawn',
    [a],
    act('a', spawn('x'), send('x', 1), send('x', 2)),
  ),
]

const endings = ENDS.flatMap(([how, end]) => [
  scenario(
    `messages, then an actor that ${how}, seen by a monitor`,
    [a, b],
    act('b', monitor('a')),
    act('a', ...toB, end),
  ),
  scenario(
    `messages, then an actor that ${how}, seen over a link`,
    [a, trap(b)],
    act('b', link('a')),
    act('a', ...toB, end),
  ),
  scenario(
    `messages and an actor that ${how}, to one that is held back`,
    [a, trap(b)],
    act('b', link('a'), monitor('a')),
    {
      held: 'b',
      steps: [act('a', ...toB, end)],
    },
  ),
  scenario(`messages waiting in an actor that ${how}`, [a, b], act('a', monitor('b')), {
    held: 'b',
    steps: [act('a', send('b', 1), tell('b', end), send('b', 2))],
  }),
  scenario(
    `messages to itself and to others by an actor that ${how}`,
    [a, b],
    act('a', send('a', 1), send('b', 1), end),
  ),
])

const signals = [
  ...EXIT_REASONS.flatMap((reason) => [
    scenario(
      `exit(${reason}) between messages to one that traps`,
      [a, trap(b)],
      act('a', send('b', 1), exit('b', reason), send('b', 2)),
    ),
    scenario(`exit(${reason}) behind messages to one that does not trap`, [a, b], {
      held: 'b',
      steps: [act('a', ...toB, exit('b', reason))],
    }),
    scenario(`exit(${reason}) before messages to one that does not trap`, [a, b], {
      held: 'b',
      steps: [act('a', exit('b', reason), ...toB)],
    }),
    (reason === 'kill' ? same : overtaking)(
      scenario(
        `exit(${reason}) of a parent behind messages to its child that traps`,
        [a],
        act('a', spawn('x', { link: true, trapExit: true })),
        { held: 'x', steps: [act('a', send('x', 1), send('x', 2), exit('x', reason))] },
        alive('x'),
      ),
    ),
  ]),
  anyOrder(
    scenario(
      'a link to the dead between messages to itself',
      [trap(a), b],
      act('b', crash),
      act('a', send('a', 1), link('b'), send('a', 2)),
    ),
  ),
  anyOrder(
    scenario(
      'a monitor of the dead between messages to itself',
      [a, b],
      act('b', crash),
      act('a', send('a', 1), monitor('b'), send('a', 2)),
    ),
  ),
]

compareWithErlang({
  'messages between two actors': messages,
  'the end of an actor keeps its place behind its messages': endings,
  'an exit signal among messages': signals,
})
