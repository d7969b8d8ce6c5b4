/**
 * Meter: what the actors of one thread have measured: how long messages and the store take, how late the thread is, how
 * often a cache could answer. A service of the thread; whoever collects gets a copy.
 *
 * Guarantees: noting something is a few stores into arrays that exist already; it allocates nothing. Figures only grow
 * during one life of the meter, which `epoch` names: a restarted thread begins at zero under another one.
 */

import type { Store } from '../storage/index.ts'
import { Buckets } from './buckets.ts'
import type { Posted, Result } from './messages.ts'

/** What became of a message that somebody sent. */
export const POST_RESULTS = ['sent', 'duplicate', 'refused'] as const

/** Calls of the store that are timed; `dump` and `load` are for people and take as long as they take. */
// biome-ignore format: one name a line would hide that it is a list
export const QUERIES = [
  'append', 'head', 'read', 'inboxHead', 'readInbox', 'advanceDelivered', 'advanceRead', 'cursors',
  'createConversation', 'openDm', 'conversation', 'members', 'isMember', 'addMember', 'removeMember', 'conversationsOf',
  'createGuild', 'guild', 'createChannel', 'channels', 'addGuildMember', 'removeGuildMember',
  'isGuildMember', 'guildMemberCount', 'guildMembers', 'guildsOf', 'setLastSeen', 'lastSeen', 'check',
] as const satisfies readonly (keyof Store)[]
export type Query = (typeof QUERIES)[number]

/** `membership`: is he in the channel's guild. `frames`: encoded messages for sockets that join a topic. */
export const CACHES = ['membership', 'frames'] as const
export type Cache = (typeof CACHES)[number]

/** The figures of a thread as they cross to whoever collects. Added cell to cell over threads. */
export interface Measures {
  readonly epoch: string
  /** Of a histogram as in `Buckets`; of a cache its hits and misses. */
  readonly cells: Readonly<Record<string, Float64Array>>
}

const TICKS_PER_MS = 100
const HIT = 0
const MISS = 1

/** Bound once: the global `performance` is an accessor, which costs more to get than the clock does to read. */
const monotonic = performance.now.bind(performance)

export class Meter {
  readonly lagMs = new Buckets()
  /** There and back between this thread and the gateway. */
  readonly backplaneMs = new Buckets()
  readonly #thread: number
  readonly #epoch: string
  readonly #posts = bucketsFor(POST_RESULTS)
  readonly #queries = bucketsFor(QUERIES)
  readonly #caches: Readonly<Record<Cache, Float64Array>>

  constructor(thread = 0, epoch = '') {
    this.#thread = thread
    this.#epoch = epoch
    this.#caches = { membership: new Float64Array(2), frames: new Float64Array(2) }
  }

  /** The time in steps of 10 us as a 32-bit integer, which closures keep without an object. Wraps after 11 hours. */
  ticks(): number {
    return (monotonic() * TICKS_PER_MS) | 0
  }

  posted(result: Result<Posted>, since: number): void {
    const name = result.ok ? (result.value.duplicate ? 'duplicate' : 'sent') : 'refused'
    this.#posts[name].observe(this.#passedMs(since))
  }

  queried(query: Query, since: number): void {
    this.#queries[query].observe(this.#passedMs(since))
  }

  looked(cache: Cache, hit: boolean): void {
    const cells = this.#caches[cache]
    const at = hit ? HIT : MISS
    cells[at] = (cells[at] as number) + 1
  }

  /** A copy of everything that has been noted, under keys such as `query/append`; calls that nobody made are left out. */
  measures(): Measures {
    const cells: Record<string, Float64Array> = {
      [`lag/${this.#thread}`]: this.lagMs.cells.slice(),
      [`backplane/${this.#thread}`]: this.backplaneMs.cells.slice(),
    }
    for (const result of POST_RESULTS) cells[`post/${result}`] = this.#posts[result].cells.slice()
    for (const query of QUERIES) {
      if (!this.#queries[query].isEmpty) cells[`query/${query}`] = this.#queries[query].cells.slice()
    }
    for (const cache of CACHES) cells[`cache/${cache}`] = this.#caches[cache].slice()
    return { epoch: this.#epoch, cells }
  }

  #passedMs(since: number): number {
    return ((this.ticks() - since) | 0) / TICKS_PER_MS
  }
}

function bucketsFor<Name extends string>(names: readonly Name[]): Readonly<Record<Name, Buckets>> {
  return Object.fromEntries(names.map((name) => [name, new Buckets()])) as Record<Name, Buckets>
}
