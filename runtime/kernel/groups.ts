/**
 * Groups: process groups as in pg. Every kernel announces its own members to the others; each keeps what it
 * has heard.
 *
 * Eventually consistent, without a leader: an actor's membership is its own kernel's word, and ends with the
 * actor or its thread.
 */

import { RuntimeError } from '../actor/errors.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { Cell } from './cell.ts'
import type { Kernel } from './kernel.ts'
import { NAME_LENGTH_MAX } from './names.ts'
import { refKey } from './ref-table.ts'

interface Member {
  readonly ref: AnyRef
  /** How often it has entered. */
  readonly count: number
}

export class Groups {
  readonly #kernel: Kernel
  /** By group and by the numbers of the ref: two announcements may bring two objects for one actor. */
  readonly #members = new Map<string, Map<number, Member>>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Groups with members. */
  get size(): number {
    return this.#members.size
  }

  /** @throws RuntimeError `BAD_OPTION` for a group name that is empty or too long. */
  join(cell: Cell, group: string): void {
    if (group === '' || group.length > NAME_LENGTH_MAX) throw badGroup(group)
    const related = cell.related
    related.groups ??= new Map()
    this.#announce(cell, group, (related.groups.get(group) ?? 0) + 1)
  }

  leave(cell: Cell, group: string): void {
    const count = cell.relations?.groups?.get(group)
    if (count !== undefined) this.#announce(cell, group, count - 1)
  }

  leaveAll(cell: Cell): void {
    for (const group of [...(cell.relations?.groups?.keys() ?? [])]) this.#announce(cell, group, 0)
  }

  /** The members of a group; one that entered twice stands twice. */
  members(group: string): AnyRef[] {
    const found: AnyRef[] = []
    for (const { ref, count } of this.#members.get(group)?.values() ?? []) {
      for (let i = 0; i < count; i++) found.push(ref)
    }
    return found
  }

  /** An announcement: how often the actor is now in the group. */
  announced(group: string, ref: AnyRef, count: number): void {
    let members = this.#members.get(group)
    if (count > 0) {
      if (members === undefined) {
        members = new Map()
        this.#members.set(group, members)
      }
      members.set(refKey(ref), { ref, count })
    } else if (members?.delete(refKey(ref)) === true && members.size === 0) this.#members.delete(group)
  }

  /** The members of a dead thread are gone. */
  threadDown(thread: number): void {
    for (const [group, members] of this.#members) {
      for (const [key, { ref }] of members) if (ref.thread === thread) members.delete(key)
      if (members.size === 0) this.#members.delete(group)
    }
  }

  /** A fresh kernel hears of all members here. */
  threadUp(thread: number): void {
    for (const [group, members] of this.#members) {
      for (const { ref, count } of members.values()) {
        if (ref.thread !== this.#kernel.thread) continue
        this.#kernel.ports.transport.signal(thread, { kind: 'group', group, ref, count })
      }
    }
  }

  #announce(cell: Cell, group: string, count: number): void {
    const groups = cell.related.groups as Map<string, number>
    if (count > 0) groups.set(group, count)
    else groups.delete(group)
    this.announced(group, cell.ref, count)
    for (const thread of this.#kernel.otherThreads()) {
      this.#kernel.ports.transport.signal(thread, { kind: 'group', group, ref: cell.ref, count })
    }
  }
}

function badGroup(group: string): RuntimeError {
  const shown = group.slice(0, NAME_LENGTH_MAX)
  const message = `Cannot join '${shown}': the name of a group has 1 to ${NAME_LENGTH_MAX} characters`
  return new RuntimeError('BAD_OPTION', message, { context: { group: shown } })
}
