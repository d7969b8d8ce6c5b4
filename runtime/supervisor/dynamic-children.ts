/**
 * DynamicChildren: the children of a supervisor with a template, by ref, and by key where they have one.
 *
 * There may be a million, so an idle child is one Map entry: its ref, and the argument it is restarted with.
 * Only a child with a key, or with restarts behind it, has a record; only one with a key a second entry.
 */

import type { Timer } from '../actor/context.ts'
import type { ReplyTo } from '../actor/messages.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { ChildTemplate } from './child-spec.ts'
import type { ChildCounts, ChildInfo, StartFromTemplate } from './messages.ts'

export type StartRequest = StartFromTemplate<unknown, never>

/** A running child of which more has to be known than its argument. */
export class Kept {
  readonly arg: unknown
  readonly key: string | undefined
  /** Restarts in a row, for the backoff, and when the last was. */
  readonly failures: number
  readonly startedAtMs: number

  constructor(arg: unknown, key: string | undefined, failures: number, startedAtMs: number) {
    this.arg = arg
    this.key = key
    this.failures = failures
    this.startedAtMs = startedAtMs
  }
}

/** A child that is being started, for the first time or again, or waits for its restart. */
export class Starting {
  readonly arg: unknown
  readonly key: string | undefined
  /** For a restart: the ref it had, under which it stands in the table. */
  readonly old: AnyRef | undefined
  /** Of a start under way on the supervisor's thread. */
  ref: AnyRef | undefined
  failures: number
  /** Whether the restart counts against the budget. */
  counts = true
  timer: Timer | undefined
  /** Whoever wants to know its ref. */
  readonly waiting: StartRequest[] = []
  /** Set when it is to be stopped as soon as it has started. */
  leaving: Leaving | undefined

  constructor(arg: unknown, key: string | undefined, old: AnyRef | undefined, failures: number) {
    this.arg = arg
    this.key = key
    this.old = old
    this.failures = failures
  }
}

/** A child that is being stopped by request. */
export class Leaving {
  readonly key: string | undefined
  timer: Timer | undefined
  /** Whoever wants to know when it is gone. */
  readonly terminating: ReplyTo<never>[] = []
  /** Whoever wants one with the same key, after it. */
  readonly next: StartRequest[] = []

  constructor(key: string | undefined) {
    this.key = key
  }
}

export class DynamicChildren {
  /** The argument of a running child, or one of the records above. */
  readonly #entries = new Map<AnyRef, unknown>()
  readonly #byKey = new Map<string, AnyRef | Starting>()
  readonly #template: ChildTemplate
  /** First starts under way. */
  #starting = 0
  #restarting = 0

  constructor(template: ChildTemplate) {
    this.#template = template
  }

  /** All there are, those being started included. */
  get size(): number {
    return this.#entries.size + this.#starting
  }

  has(ref: AnyRef): boolean {
    return this.#entries.has(ref)
  }

  /** The argument of a running child, or its record. */
  entry(ref: AnyRef): unknown {
    return this.#entries.get(ref)
  }

  /** Who has a key: a start, or the ref of a child that is there. */
  byKey(key: string): AnyRef | Starting | undefined {
    return this.#byKey.get(key)
  }

  keyOf(ref: AnyRef): string | undefined {
    const entry = this.#entries.get(ref)
    return entry instanceof Kept || entry instanceof Starting || entry instanceof Leaving
      ? entry.key
      : undefined
  }

  entries(): IterableIterator<[AnyRef, unknown]> {
    return this.#entries.entries()
  }

  /** A first start, or, in the place of the child that had ended, a restart. */
  addStarting(starting: Starting): void {
    if (starting.old === undefined) this.#starting++
    else {
      this.#entries.set(starting.old, starting)
      this.#restarting++
    }
    if (starting.key !== undefined) this.#byKey.set(starting.key, starting)
  }

  /** A start is over, or no longer wanted. */
  removeStarting(starting: Starting): void {
    if (starting.old === undefined) this.#starting--
    else {
      this.#entries.delete(starting.old)
      this.#restarting--
    }
    if (starting.key !== undefined) this.#byKey.delete(starting.key)
  }

  /** Whether a restart is still wanted. */
  isRestarting(starting: Starting): boolean {
    return starting.old !== undefined && this.#entries.get(starting.old) === starting
  }

  /** A running child: its argument, or its record. */
  set(ref: AnyRef, entry: unknown): void {
    this.#entries.set(ref, entry)
    const key = this.keyOf(ref)
    if (key !== undefined) this.#byKey.set(key, ref)
  }

  /** A running child has ended. */
  remove(ref: AnyRef): void {
    const key = this.keyOf(ref)
    if (key !== undefined) this.#byKey.delete(key)
    this.#entries.delete(ref)
  }

  /** At most `max` of them. */
  info(max = Number.POSITIVE_INFINITY): ChildInfo[] {
    const { definition, restart } = this.#template
    const infos: ChildInfo[] = []
    for (const [ref, entry] of this.#entries) {
      if (infos.length >= max) break
      const shown = entry instanceof Starting ? 'restarting' : ref
      infos.push({ id: this.keyOf(ref), ref: shown, kind: definition.kind, restart })
    }
    return infos
  }

  counts(): ChildCounts {
    const { size } = this
    const supervisors = this.#template.definition.kind === 'supervisor' ? size : 0
    return {
      specs: 1,
      active: this.#entries.size - this.#restarting,
      supervisors,
      actors: size - supervisors,
    }
  }
}
