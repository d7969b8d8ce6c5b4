/**
 * Links, monitors and exit signals, compared with Erlang/OTP.
 */

import {
  a,
  act,
  alive,
  b,
  c,
  crash,
  d,
  demonitor,
  differs,
  ENDS,
  EXIT_REASONS,
  exit,
  link,
  monitor,
  scenario,
  send,
  spawn,
  stop,
  tell,
  trap,
  unlink,
} from './acts.ts'
import { compareWithErlang } from './oracle.ts'
import type { Op } from './scenario.ts'

const TRAPS = [false, true]
const kind = (trapExit: boolean): string => (trapExit ? 'one that traps exits' : 'one that does not')

const exitSignals = TRAPS.flatMap((trapExit) => {
  const who = kind(trapExit)
  const target = trap(b, trapExit)
  return EXIT_REASONS.flatMap((reason) => [
    scenario(`exit(${reason}) to ${who}`, [a, target], act('a', monitor('b'), exit('b', reason)), alive('b')),
    scenario(
      `exit(${reason}) to itself, from ${who}`,
      [target, a],
      act('a', monitor('b')),
      act('b', exit('b', reason), send('b', 1)),
    ),
    scenario(
      `exit(${reason}) to a linked ${who}`,
      [a, target],
      act('a', link('b')),
      act('a', exit('b', reason)),
      alive('a'),
      alive('b'),
    ),
    scenario(
      `exit(${reason}) from a parent to its linked child, ${who}`,
      [a],
      act('a', spawn('x', { link: true, trapExit })),
      act('a', exit('x', reason)),
      alive('x'),
      alive('a'),
    ),
    scenario(
      `exit(${reason}) from a child to its linked parent, ${who}`,
      [target],
      act('b', spawn('x', { link: true })),
      act('x', exit('b', reason)),
      alive('x'),
      alive('b'),
    ),
    scenario(
      `exit(${reason}) from a spawner to what it spawned without a link, ${who}`,
      [a],
      act('a', spawn('x', { trapExit })),
      act('a', exit('x', reason)),
      alive('x'),
      alive('a'),
    ),
    scenario(
      `exit(${reason}) to the dead, from ${who}`,
      [target, c],
      act('c', crash),
      act('b', exit('c', reason)),
      alive('b'),
    ),
    scenario(
      `exit(${reason}) and then exit(other) to ${who}`,
      [a, target],
      act('a', exit('b', reason), exit('b', 'other')),
      alive('b'),
    ),
    scenario(
      `exit(other) and then exit(${reason}) to ${who}`,
      [a, target],
      act('a', exit('b', 'other'), exit('b', reason)),
      alive('b'),
    ),
  ])
})

/** `a` ends as `end` says; `b`, related to it, is the one that is looked at. */
function linkedTo(how: string, end: Op, trapExit: boolean) {
  const who = kind(trapExit)
  const both = [a, trap(b, trapExit)]
  const finish = act('a', end)
  const look = alive('b')
  return [
    scenario(`an actor that ${how}, linked to ${who}`, both, act('a', link('b')), finish, look),
    scenario(`an actor that ${how}, to which ${who} linked`, both, act('b', link('a')), finish, look),
    scenario(
      `an actor that ${how} after unlink from ${who}`,
      both,
      act('a', link('b')),
      act('a', unlink('b')),
      finish,
      look,
    ),
    scenario(
      `an actor that ${how} after unlink by ${who}`,
      both,
      act('a', link('b')),
      act('b', unlink('a')),
      finish,
      look,
    ),
    scenario(
      `an actor that ${how}, linked from both sides and twice to ${who}`,
      both,
      act('a', link('b'), link('b')),
      act('b', link('a')),
      finish,
      look,
    ),
    scenario(
      `an actor that ${how}, linked twice to ${who} and unlinked once`,
      both,
      act('a', link('b'), link('b'), unlink('b')),
      finish,
      look,
    ),
    scenario(
      `an actor that ${how}, unlinked from ${who} and linked again`,
      both,
      act('a', link('b')),
      act('b', unlink('a'), link('a')),
      finish,
      look,
    ),
    scenario(
      `a link to an actor that ${how}, made too late by ${who}`,
      both,
      finish,
      act('b', link('a')),
      look,
    ),
    scenario(`an actor that ${how} right after it linked to ${who}`, both, act('a', link('b'), end), look),
    scenario(
      `a spawned child that ${how}, linked to its parent, ${who}`,
      [trap(b, trapExit)],
      act('b', spawn('x', { link: true })),
      act('x', end),
      look,
    ),
    scenario(
      `a parent that ${how}, with a linked child, ${who}`,
      [a],
      act('a', spawn('x', { link: true, trapExit })),
      finish,
      alive('x'),
    ),
    scenario(
      `a parent that ${how} after unlink from its child, ${who}`,
      [a],
      act('a', spawn('x', { link: true, trapExit })),
      act('a', unlink('x')),
      finish,
      alive('x'),
    ),
  ]
}

const links = TRAPS.flatMap((trapExit) => [
  ...ENDS.flatMap(([how, end]) => linkedTo(how, end, trapExit)),
  scenario(
    `a link to itself: ${kind(trapExit)}`,
    [trap(a, trapExit)],
    act('a', link('a'), unlink('a'), link('a')),
    act('a', stop('other')),
  ),
  scenario(
    `a killed actor, linked to ${kind(trapExit)}`,
    [a, trap(b, trapExit), c],
    act('a', link('b')),
    act('c', exit('a', 'kill')),
    alive('b'),
  ),
  scenario(
    `an unlink while the exit waits in the mailbox of ${kind(trapExit)}`,
    [a, trap(b, trapExit)],
    act('a', link('b')),
    { held: 'b', steps: [act('a', tell('b', unlink('a')), stop('other'))] },
    alive('b'),
  ),
])

links.push(
  differs(
    'aliveUntilEnded',
    scenario('a link made right after an exit signal', [a, trap(b)], act('b', exit('a', 'other'), link('a'))),
  ),
)

const chains = TRAPS.flatMap((trapExit) =>
  ENDS.flatMap(([how, end]) => [
    scenario(
      `a chain a-b-c-d of which a ${how} and d is ${kind(trapExit)}`,
      [a, b, c, trap(d, trapExit)],
      act('a', link('b')),
      act('b', link('c')),
      act('c', link('d')),
      act('a', end),
      alive('d'),
    ),
    scenario(
      `a chain a-b-c-d of which b ${how} and c is ${kind(trapExit)}`,
      [a, b, trap(c, trapExit), d],
      act('a', link('b')),
      act('b', link('c')),
      act('c', link('d')),
      act('b', end),
      alive('d'),
    ),
    scenario(
      `a ring a-b-c of which a ${how} and c is ${kind(trapExit)}`,
      [a, b, trap(c, trapExit)],
      act('a', link('b')),
      act('b', link('c')),
      act('c', link('a')),
      act('a', end),
      alive('c'),
    ),
  ]),
)

const monitors = [
  ...ENDS.flatMap(([how, end]) => [
    scenario(`a monitor of an actor that ${how}`, [a, b], act('b', monitor('a')), act('a', end), alive('b')),
    scenario(
      `two monitors of an actor that ${how}`,
      [a, b],
      act('b', monitor('a', 'm1'), monitor('a', 'm2')),
      act('a', end),
    ),
    scenario(
      `two monitors, one taken back, of an actor that ${how}`,
      [a, b],
      act('b', monitor('a', 'm1'), monitor('a', 'm2'), demonitor('m1')),
      act('a', end),
    ),
    scenario(
      `two monitors, made too late, of an actor that ${how}`,
      [a, b],
      act('a', end),
      act('b', monitor('a', 'm1'), monitor('a', 'm2')),
    ),
    scenario(
      `a monitor taken back before the actor ${how}`,
      [a, b],
      act('b', monitor('a')),
      act('b', demonitor('a')),
      act('a', end),
    ),
    scenario(
      `a monitor taken back after the actor ${how}`,
      [a, b],
      act('b', monitor('a')),
      act('a', end),
      act('b', demonitor('a')),
      alive('b'),
    ),
    scenario(
      `a monitor, made too late and taken back at once, of an actor that ${how}`,
      [a, b],
      act('a', end),
      act('b', monitor('a'), demonitor('a')),
    ),
    scenario(
      `a monitor and a link to an actor that ${how}`,
      [a, trap(b)],
      act('b', monitor('a'), link('a')),
      act('a', end),
      alive('b'),
    ),
    scenario(
      `a link and a monitor to an actor that ${how}`,
      [a, trap(b)],
      act('b', link('a'), monitor('a')),
      act('a', end),
      alive('b'),
    ),
    scenario(
      `a spawn with link and monitor of an actor that ${how}`,
      [trap(b)],
      act('b', spawn('x', { link: true, monitor: true })),
      act('x', end),
      alive('b'),
    ),
    scenario(
      `monitors of each other, of which one ${how}`,
      [a, b],
      act('a', monitor('b')),
      act('b', monitor('a')),
      act('a', end),
      alive('b'),
    ),
  ]),
  differs(
    'aliveUntilEnded',
    scenario('a monitor made right after an exit signal', [a, b], act('b', exit('a', 'other'), monitor('a'))),
  ),
  scenario('a monitor of itself', [a], act('a', monitor('a')), act('a', stop('other'))),
  scenario('a monitor of a killed actor', [a, b], act('b', monitor('a')), act('b', exit('a', 'kill'))),
  scenario(
    'a monitor taken back twice',
    [a, b],
    act('b', monitor('a'), demonitor('a'), demonitor('a')),
    act('a', crash),
    alive('b'),
  ),
  scenario(
    'a monitor taken back while its down waits in the mailbox',
    [a, b],
    act('b', monitor('a')),
    { held: 'b', steps: [act('a', tell('b', demonitor('a')), send('b', 1), stop('other'))] },
    alive('b'),
  ),
]

compareWithErlang({
  'an exit signal': exitSignals,
  'a link': links,
  'a chain of links': chains,
  'a monitor': monitors,
})
