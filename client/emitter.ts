/**
 * Emitter: typed listeners by name. `on` returns what undoes it.
 * A listener that throws stops no other listener: its error is thrown again in a microtask, where the platform reports it.
 */

export type Listener<E> = (event: E) => unknown

export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  /** Adds a listener; the answer removes it. */
  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): () => void {
    const set = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, set.add(listener))
    return () => this.off(name, listener)
  }

  off<K extends keyof Events>(name: K, listener: Listener<Events[K]>): void {
    this.#listeners.get(name)?.delete(listener)
  }

  /** Calls the listeners of today; returns the promises that they returned. */
  emit<K extends keyof Events>(name: K, event: Events[K]): Promise<unknown>[] {
    const pending: Promise<unknown>[] = []
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        const answer = (listener as Listener<Events[K]>)(event)
        if (answer instanceof Promise) pending.push(answer.catch(report))
      } catch (error) {
        report(error)
      }
    }
    return pending
  }
}

function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
