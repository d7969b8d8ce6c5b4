/**
 * The invariants that hold once a random program has come to rest: nothing is under way, no handler is in
 * work.
 */

import type { AnyRef } from '../../runtime/actor/index.ts'
import type { Cell } from '../../runtime/kernel/cell.ts'
import type { Life } from './ledger.ts'
import type { World } from './world.ts'

/** Errors that a program's actors throw on purpose, or that its mailboxes and links make. */
const EXPECTED_CRASHES = ['as planned', 'MAILBOX_OVERFLOW', 'NAME_TAKEN', 'tired', 'worn out', 'too much']

/** @throws Error that names the first broken invariant. */
export function checkAtRest(world: World): void {
  const { ledger } = world
  for (const life of ledger.lives) {
    if (world.isAlive(life.ref)) checkLiving(world, life)
    checkMessages(world, life)
    checkPartners(world, life)
  }
  checkCalls(world)
  checkNames(world)
  checkGroups(world)
  checkCrashes(world)
  checkRemoteWatches(world)
  world.check()
}

/** Every permanent child is there, once. */
export function checkForest(world: World, top: AnyRef): void {
  if (!world.isAlive(top)) world.ledger.violated('the top supervisor is dead')
  for (const key of world.forest.keys) {
    const living = world.ledger.lives.filter((life) => life.key === key && world.isAlive(life.ref))
    const ready = living.every((life) => life.ready)
    if (living.length !== 1 || !ready) world.ledger.violated(`${key} is there ${living.length} times`)
  }
  world.check()
}

/** Once every actor is dead, no kernel knows anything of any of them. */
export function checkEmpty(world: World): void {
  for (let thread = 0; thread < world.threads; thread++) {
    const kernel = world.simulation.kernel(thread)
    const left = {
      actors: kernel.cells.size,
      timers: kernel.timers.size,
      calls: kernel.calls.open,
      watches: kernel.exits.links.watchingElsewhere,
      starts: kernel.spawner.open,
      names: kernel.names.all.size,
      claims: kernel.names.open,
      groups: kernel.groups.size,
    }
    for (const [what, count] of Object.entries(left)) {
      if (count > 0) world.ledger.violated(`thread ${thread} keeps ${count} ${what} when every actor is dead`)
    }
  }
  world.check()
}

function cellOf(world: World, ref: AnyRef): Cell | undefined {
  return world.simulation.kernel(ref.thread).cells.get(ref)
}

function checkLiving(world: World, life: Life): void {
  const { ledger } = world
  const { ref } = life
  const cell = cellOf(world, ref) as Cell
  if (life.open > 0) ledger.violated(`${ref} still has a handler in work at rest`)
  if (cell.length > 0) ledger.violated(`${ref} still has ${cell.length} messages at rest`)
  for (const [id, times] of life.ticks) {
    if (times !== 1) ledger.violated(`timer ${id} of ${ref} fired ${times} times`)
  }
  checkMonitors(world, life)
  checkLinks(world, cell)
}

/**
 * Every message that was accepted was handled, unless the receiver's mailbox says otherwise. Order was
 * checked as they came.
 */
function checkMessages(world: World, sender: Life): void {
  for (const [to, sent] of sender.sent) {
    const cell = cellOf(world, to)
    if (cell === undefined || sent.uncertain.size > 0) continue
    const missing = sent.accepted.size
    const { onFull } = cell.type.definition
    const dropped = cell.relations?.dropped ?? 0
    const refused = cell.relations?.refused ?? 0
    const explained =
      onFull === 'dropOldest'
        ? missing <= dropped
        : world.isAlive(sender.ref)
          ? missing === sent.refusedLater
          : missing <= refused
    if (!explained) {
      world.ledger.violated(
        `${missing} accepted messages of ${sender.ref} to ${to} were not handled (told of ${sent.refusedLater})`,
      )
    }
  }
}

function checkMonitors(world: World, life: Life): void {
  for (const { target, cancelled, fired } of life.watching) {
    if (!cancelled && !fired && !world.isAlive(target)) {
      world.ledger.violated(`the monitor of ${life.ref} on ${target} did not fire`)
    }
  }
}

/** Both ends of every link know it. */
function checkLinks(world: World, cell: Cell): void {
  for (const other of linksOf(cell)) {
    const partner = cellOf(world, other)
    const mutual = partner !== undefined && linksOf(partner).some((ref) => ref === cell.ref)
    const fact = partner === undefined ? 'which is dead' : 'which has no such link'
    if (!mutual) world.ledger.violated(`${cell.ref} has a link with ${other}, ${fact}`)
  }
}

function linksOf(cell: Cell): AnyRef[] {
  const links: AnyRef[] = [...(cell.relations?.links ?? [])]
  if (cell.parentCell !== null) links.push(cell.parentCell.ref)
  for (let child = cell.relations?.children ?? null; child !== null; child = child.nextSibling)
    links.push(child.ref)
  return links
}

/** Whoever is linked to an actor that ended badly and does not trap exits has ended, too. */
function checkPartners(world: World, life: Life): void {
  const { ledger } = world
  for (const [other, { atMs, unlinked }] of life.links) {
    const partner = ledger.of(other)
    if (unlinked || partner?.links.get(life.ref)?.unlinked || world.mayBeUnheard(other, atMs)) continue
    for (const [dead, survivor] of [
      [life, partner],
      [partner, life],
    ] as const) {
      // The end of one that never got ready is told by nobody: its `terminate` does not run.
      if (!dead?.ready || survivor === undefined || survivor.trapsExits) continue
      if (!world.isAlive(dead.ref) && !dead.endedNormally && world.isAlive(survivor.ref)) {
        ledger.violated(`${survivor.ref} has outlived ${dead.ref}, to which it was linked`)
      }
    }
  }
}

function checkCalls(world: World): void {
  for (const { id, caller, callee, timeoutMs, ended } of world.ledger.calls) {
    if (!world.isAlive(caller.ref)) continue
    const waits = timeoutMs === Infinity && world.isAlive(callee)
    if (ended !== 1 && !(ended === 0 && waits)) {
      world.ledger.violated(`call ${id} of ${caller.ref} to ${callee} ended ${ended} times`)
    }
  }
}

function checkNames(world: World): void {
  for (let thread = 0; thread < world.threads; thread++) {
    for (const name of world.names) {
      const holder = world.ledger.lives.find((life) => life.name === name && world.isAlive(life.ref))
      const found = world.simulation.kernel(thread).names.whereis(name)
      if (found !== holder?.ref) {
        world.ledger.violated(
          `thread ${thread} takes ${found ?? 'nobody'} for ${name}, who is ${holder?.ref ?? 'nobody'}`,
        )
      }
    }
  }
}

function checkGroups(world: World): void {
  for (const group of world.groups) {
    const expected = world.ledger.lives
      .filter((life) => world.isAlive(life.ref))
      .flatMap((life) => new Array<string>(life.groups.get(group) ?? 0).fill(`${life.ref}`))
      .sort()
    for (let thread = 0; thread < world.threads; thread++) {
      const found = world.simulation.kernel(thread).groups.members(group).map(String).sort()
      if (found.join() !== expected.join()) {
        world.ledger.violated(
          `thread ${thread} takes [${found}] for the members of ${group}, who are [${expected}]`,
        )
      }
    }
  }
}

function checkRemoteWatches(world: World): void {
  const expected = new Array<number>(world.threads).fill(0)
  for (const life of world.ledger.lives) {
    if (!world.isAlive(life.ref)) continue
    const { thread } = life.ref
    for (const { target, cancelled, fired } of life.watching) {
      if (!cancelled && !fired && target.thread !== thread)
        expected[thread] = (expected[thread] as number) + 1
    }
  }
  expected.forEach((count, thread) => {
    const found = world.simulation.kernel(thread).exits.links.watchingElsewhere
    if (found !== count)
      world.ledger.violated(`thread ${thread} keeps ${found} monitors on other threads instead of ${count}`)
  })
}

/** Nothing crashed but what was meant to. */
function checkCrashes(world: World): void {
  for (const event of world.simulation.events) {
    if (event.type !== 'crash') continue
    const { reason } = event
    const what =
      typeof reason === 'string' ? reason : 'shutdown' in reason ? 'planned' : (reason.code ?? reason.message)
    if (!EXPECTED_CRASHES.includes(what)) world.ledger.violated(`${event.ref} crashed with ${what}`)
  }
}
