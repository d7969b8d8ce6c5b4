/**
 * StoreWriter: one write to the app's store at a time, the latest value of a key only, in the order of the last changes.
 * So a burst of sends costs a few writes of the index and not one each, and an index never precedes what it names.
 * Nothing is written before `open`: what the store holds must be read first.
 */

import type { Store } from './ports.ts'

export class StoreWriter {
  readonly #store: Store
  readonly #onError: (error: unknown) => void
  readonly #dirty = new Map<string, string | null>()
  #isOpen = false
  #running: Promise<void> | null = null

  constructor(store: Store, onError: (error: unknown) => void) {
    this.#store = store
    this.#onError = onError
  }

  open(): void {
    this.#isOpen = true
    this.#run()
  }

  /** Null deletes. */
  put(key: string, value: string | null): void {
    this.#dirty.delete(key)
    this.#dirty.set(key, value)
    this.#run()
  }

  /** Resolves when everything put so far was written or failed. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  #run(): void {
    if (!this.#isOpen || this.#running || this.#dirty.size === 0) return
    this.#running = this.#drain().finally(() => {
      this.#running = null
      this.#run()
    })
  }

  async #drain(): Promise<void> {
    for (const [key, value] of this.#dirty) {
      this.#dirty.delete(key)
      try {
        await (value === null ? this.#store.delete(key) : this.#store.set(key, value))
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}
