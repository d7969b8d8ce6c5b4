/**
 * StoreReader: the main thread's handle on the store, for operators' questions only: opened with the first of them, and
 * closed when none has come for a minute.
 *
 * Its reads run on the main thread: one is a look into mapped memory (2.5-4 us), so whoever reads much gives way in
 * between. It writes nothing.
 */

import { openLmdbStore, StorageError, type Store } from '../../storage/index.ts'
import type { Clock } from '../clock.ts'
import { Refusal } from './params.ts'

const IDLE_MS = 60_000

/** What may be done with it here. */
export type ReadableStore = Pick<
  Store,
  | 'head'
  | 'read'
  | 'inboxHead'
  | 'readInbox'
  | 'cursors'
  | 'conversation'
  | 'members'
  | 'isMember'
  | 'conversationsOf'
  | 'guild'
  | 'channels'
  | 'isGuildMember'
  | 'guildMemberCount'
  | 'guildMembers'
  | 'guildsOf'
  | 'lastSeen'
  | 'lastId'
>

export class StoreReader {
  readonly #clock: Clock
  readonly #folder: string | undefined
  readonly #mapSizeMb: number
  #opening: Promise<Store> | undefined
  #users = 0
  #cancelIdle: (() => void) | undefined
  #stopped = false

  constructor(clock: Clock, { data, mapSizeMb }: { data?: string | undefined; mapSizeMb: number }) {
    this.#clock = clock
    this.#folder = data
    this.#mapSizeMb = mapSizeMb
  }

  /** @throws Refusal `UNAVAILABLE` when there is no store, or it cannot be read. */
  async use<T>(read: (store: ReadableStore) => Promise<T>): Promise<T> {
    this.#cancelIdle?.()
    this.#users++
    try {
      return await read(await this.#open())
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      throw new Refusal('UNAVAILABLE', error.message)
    } finally {
      this.#users--
      if (this.#users === 0) this.#cancelIdle = this.#clock.after(IDLE_MS, () => void this.#close())
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelIdle?.()
    await this.#close()
  }

  #open(): Promise<Store> {
    if (this.#folder === undefined || this.#stopped) {
      throw new Refusal('UNAVAILABLE', 'Cannot read the store: this node keeps none on disk, or stops')
    }
    this.#opening ??= openLmdbStore({ path: this.#folder, mapSizeMb: this.#mapSizeMb }).catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    await (await opening?.catch(() => undefined))?.close()
  }
}
