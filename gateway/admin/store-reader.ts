/**
 * StoreReader: the main thread's handle on the store, for operators' questions only: opened with the first of them, and
 * closed when none has come for a minute.
 *
 * Its reads run on the main thread: one is a look into mapped memory (2.5-4 us), so whoever reads much gives way in
 * between. It writes nothing.
 */

import { openLmdbStore, StorageError, type Store } from '../../storage/index.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../settings.ts'
import { Refusal } from './params.ts'
import { metered } from './pieces.ts'

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

interface StoreReaderSettings {
  readonly data?: string | undefined
  readonly mapSizeMb: number
  readonly log: Log
}

export class StoreReader {
  readonly #clock: Clock
  readonly #folder: string | undefined
  readonly #mapSizeMb: number
  readonly #log: Log
  readonly #openStore: typeof openLmdbStore
  #opening: Promise<Store> | undefined
  #users = 0
  #cancelIdle: (() => void) | undefined
  #stopped = false

  constructor(clock: Clock, { data, mapSizeMb, log }: StoreReaderSettings, openStore = openLmdbStore) {
    this.#clock = clock
    this.#folder = data
    this.#mapSizeMb = mapSizeMb
    this.#log = log
    this.#openStore = openStore
  }

  /**
   * `spend` is told what each read costs, in ms of the main thread.
   *
   * @throws Refusal `UNAVAILABLE` when there is no store, or it cannot be read.
   */
  async use<T>(spend: (ms: number) => void, read: (store: ReadableStore) => Promise<T>): Promise<T> {
    this.#cancelIdle?.()
    this.#users++
    try {
      return await read(metered<ReadableStore>(spend, await this.#open()))
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      throw new Refusal('UNAVAILABLE', error.message)
    } finally {
      this.#users--
      if (this.#users === 0) this.#cancelIdle = this.#clock.after(IDLE_MS, () => this.#closeIdle())
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
    const options = { path: this.#folder, mapSizeMb: this.#mapSizeMb }
    this.#opening ??= this.#openStore(options).catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** Nobody waits for it, so nobody else would tell. */
  #closeIdle(): void {
    this.#close().catch((error) => {
      this.#log.error({ error: String(error) }, 'the store that operators read cannot be closed')
    })
  }

  async #close(): Promise<void> {
    const opening = this.#opening
    this.#opening = undefined
    await (await opening?.catch(() => undefined))?.close()
  }
}
