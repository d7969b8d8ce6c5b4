/**
 * Ledger: what the actors of a random program did and saw, in their own words. What can be judged at once is
 * judged here; the rest in `at-rest.ts`.
 *
 * The simulation shares refs between kernels, so they work as keys.
 */

import type { AnyRef, Monitor } from '../../runtime/actor/index.ts'
import type { Actor } from './messages.ts'

/** Messages from one actor to one other. */
interface Sent {
  /** Numbers given out, of accepted and refused messages alike. */
  last: number
  /** Accepted and not yet handled. */
  readonly accepted: Set<number>
  /** Accepted, but perhaps lost with the receiver's predecessor. */
  readonly uncertain: Set<number>
  /** As the sender's `refused` was told. */
  refusedLater: number
}

interface Watching {
  readonly target: AnyRef
  /** Null when the monitor came with a spawn: it cannot be taken back. */
  readonly monitor: Monitor | null
  readonly atMs: number
  cancelled: boolean
  fired: boolean
}

interface LinkMade {
  readonly atMs: number
  unlinked: boolean
}

/** One actor, from its `init` on. */
export interface Life {
  readonly ref: Actor
  readonly type: string
  readonly trapsExits: boolean
  readonly key: string | null
  /** How often its thread had been replaced before. */
  readonly epoch: number
  /** Handlers in work. */
  open: number
  ready: boolean
  ending: boolean
  /** As its `terminate` was told, or as it ordered itself. */
  endedNormally: boolean
  diedAtMs: number | undefined
  /** The name that it was told it holds. */
  name: string | undefined
  readonly groups: Map<string, number>
  readonly links: Map<AnyRef, LinkMade>
  readonly watching: Watching[]
  readonly sent: Map<AnyRef, Sent>
  /** The last number heard of each sender. */
  readonly heard: Map<AnyRef | null, number>
  readonly ticks: Map<number, number>
}

export interface CallMade {
  readonly id: number
  readonly caller: Life
  readonly callee: Actor
  readonly timeoutMs: number
  readonly startedMs: number
  ended: number
}

export class Ledger {
  readonly lives: Life[] = []
  readonly calls: CallMade[] = []
  /**
   * Messages of the driver by receiver: how many were accepted, and how many of those are not yet handled.
   */
  readonly driven = new Map<AnyRef, { last: number; open: number }>()
  readonly violations: string[] = []
  readonly #byRef = new Map<AnyRef, Life>()

  of(ref: AnyRef): Life | undefined {
    return this.#byRef.get(ref)
  }

  violated(what: string): void {
    this.violations.push(what)
  }

  born(ref: Actor, known: Pick<Life, 'type' | 'trapsExits' | 'key' | 'epoch'>): Life {
    if (this.#byRef.has(ref)) this.violated(`${ref} was started twice`)
    const life: Life = {
      ref,
      ...known,
      open: 0,
      ready: false,
      ending: false,
      endedNormally: false,
      diedAtMs: undefined,
      name: undefined,
      groups: new Map(),
      links: new Map(),
      watching: [],
      sent: new Map(),
      heard: new Map(),
      ticks: new Map(),
    }
    this.lives.push(life)
    this.#byRef.set(ref, life)
    return life
  }

  /** An actor's own code begins: its `init`, a handler or `terminate`. */
  begins(life: Life, what: string): void {
    if (life.open > 0) this.violated(`${life.ref} begins ${what} while another of its handlers is in work`)
    if (what !== 'init' && what !== 'terminate' && !life.ready) {
      this.violated(`${life.ref} handles ${what} before its init was done`)
    }
    if (life.ending) this.violated(`${life.ref} begins ${what} after its terminate`)
    life.open++
  }

  ends(life: Life): void {
    life.open--
  }

  sent(from: Life, to: AnyRef): Sent {
    const sent = from.sent.get(to) ?? {
      last: 0,
      accepted: new Set(),
      uncertain: new Set(),
      refusedLater: 0,
    }
    from.sent.set(to, sent)
    return sent
  }

  heard(life: Life, from: AnyRef | null, n: number): void {
    const last = life.heard.get(from) ?? 0
    if (n <= last)
      this.violated(`${life.ref} handled message ${n} of ${from ?? 'the driver'} after message ${last}`)
    life.heard.set(from, n)
    if (from === null) {
      const driven = this.driven.get(life.ref)
      if (driven !== undefined) driven.open--
      return
    }
    const sent = this.of(from)?.sent.get(life.ref)
    if (!sent?.accepted.delete(n) && !sent?.uncertain.has(n)) {
      this.violated(`${life.ref} handled message ${n} of ${from}, which was not accepted`)
    }
  }

  linked(life: Life, other: AnyRef, atMs: number): void {
    if (other !== life.ref && !life.links.get(other)?.unlinked)
      life.links.set(other, { atMs, unlinked: false })
  }

  /** A pair that was unlinked once is not judged any more. */
  unlinked(life: Life, other: AnyRef, atMs: number): void {
    const made = life.links.get(other)
    if (made !== undefined) made.unlinked = true
    else life.links.set(other, { atMs, unlinked: true })
  }

  /** The monitors of one pair fire in the order in which they were made. */
  down(life: Life, target: AnyRef): Watching | undefined {
    const watching = life.watching.find((made) => made.target === target && !made.cancelled && !made.fired)
    if (watching === undefined) this.violated(`${life.ref} got a down of ${target} without an open monitor`)
    else watching.fired = true
    return watching
  }

  call(caller: Life, callee: Actor, timeoutMs: number, startedMs: number): CallMade {
    const call = { id: this.calls.length + 1, caller, callee, timeoutMs, startedMs, ended: 0 }
    this.calls.push(call)
    return call
  }
}
