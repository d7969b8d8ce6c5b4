/**
 * Names: at most one live actor of the node holds a name. Thread 0 decides, every kernel keeps a replica for
 * look-ups.
 *
 * A name is free once thread 0 knows that its holder is dead. A claim that meets a holder on another thread
 * may be ahead of the news of its death, so thread 0 asks the holder's kernel before it refuses: that answer
 * comes after the news.
 */

import { RuntimeError } from '../actor/errors.ts'
import { type AnyRef, sameRef } from '../actor/ref.ts'
import type { Cell } from './cell.ts'
import type { Kernel } from './kernel.ts'
import type { Signal } from './signals.ts'

type Claimed = (failure: RuntimeError | undefined) => void

/** A claim as thread 0 sees it. */
interface Claim {
  readonly ref: AnyRef
  readonly decide: (granted: boolean) => void
}

/** So that a name crosses in a small signal, and an operator can read it. */
export const NAME_LENGTH_MAX = 200

export class Names {
  readonly #kernel: Kernel
  readonly #replica = new Map<string, AnyRef>()
  /** Claims of this kernel that thread 0 has not answered. */
  readonly #requests = new Map<
    number,
    { readonly name: string; readonly cell: Cell; readonly done: Claimed }
  >()
  /** Thread 0 only: claims that wait for a probe of the present holder. */
  readonly #waiting = new Map<string, Claim[]>()
  #lastRequest = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Who holds a name, as this thread knows it. */
  whereis(name: string): AnyRef | undefined {
    return this.#replica.get(name)
  }

  get all(): ReadonlyMap<string, AnyRef> {
    return this.#replica
  }

  /** Claims not yet answered: of this kernel and, on thread 0, of all. */
  get open(): number {
    let open = this.#requests.size
    for (const claims of this.#waiting.values()) open += claims.length
    return open
  }

  /** Claims a name for an actor of this kernel, which may hold one. */
  claim(cell: Cell, name: string, done: Claimed): void {
    if (name === '' || name.length > NAME_LENGTH_MAX || cell.name !== undefined)
      return done(nameRefused(cell, name))
    cell.related.name = name // released with the actor, whatever the answer will be
    if (this.#kernel.thread === 0) {
      this.#decide(name, { ref: cell.ref, decide: (granted) => this.#answer({ name, cell, done }, granted) })
      return
    }
    const request = ++this.#lastRequest
    this.#requests.set(request, { name, cell, done })
    this.#kernel.ports.transport.signal(0, { kind: 'claim', name, ref: cell.ref, request })
  }

  /** Gives up the actor's name. */
  release(cell: Cell): void {
    const { name } = cell
    if (name === undefined) return
    cell.related.name = undefined
    if (this.#kernel.thread === 0) this.#released(name, cell.ref)
    else this.#kernel.ports.transport.signal(0, { kind: 'release', name, ref: cell.ref })
  }

  receive(fromThread: number, signal: Signal & { name?: string }): void {
    switch (signal.kind) {
      case 'claim':
        return this.#decide(signal.name, this.#remoteClaim(fromThread, signal.ref, signal.request))
      case 'release':
        return this.#released(signal.name, signal.ref)
      case 'probed':
        return this.#probed(signal.name, signal.ref, signal.alive)
      case 'claimed':
        return this.#claimed(signal.request, signal.granted)
      case 'named':
        this.#replica.set(signal.name, signal.ref)
        return
      case 'unnamed':
        return this.#forget(signal.name, signal.ref)
      case 'probe': {
        const { name, ref } = signal
        const alive = this.#kernel.cells.get(ref) !== undefined
        return this.#kernel.ports.transport.signal(fromThread, { kind: 'probed', name, ref, alive })
      }
    }
  }

  /** Thread 0 only: the names of a dead thread are free. */
  threadDown(thread: number): void {
    for (const [name, claims] of this.#waiting) {
      this.#waiting.set(
        name,
        claims.filter((claim) => claim.ref.thread !== thread),
      )
    }
    for (const [name, ref] of [...this.#replica]) {
      if (ref.thread === thread) this.#released(name, ref)
    }
  }

  /** Thread 0 only: a fresh kernel gets the whole replica. */
  threadUp(thread: number): void {
    for (const [name, ref] of this.#replica)
      this.#kernel.ports.transport.signal(thread, { kind: 'named', name, ref })
  }

  #remoteClaim(thread: number, ref: AnyRef, request: number): Claim {
    const decide = (granted: boolean): void => {
      this.#kernel.ports.transport.signal(thread, { kind: 'claimed', request, granted })
    }
    return { ref, decide }
  }

  #decide(name: string, claim: Claim): void {
    const holder = this.#replica.get(name)
    if (holder === undefined) return this.#grant(name, claim)
    const waiting = this.#waiting.get(name)
    if (waiting !== undefined) {
      waiting.push(claim)
    } else if (holder.thread === 0) {
      claim.decide(false) // the news of a death here is never late
    } else {
      this.#waiting.set(name, [claim])
      this.#kernel.ports.transport.signal(holder.thread, { kind: 'probe', name, ref: holder })
    }
  }

  #grant(name: string, claim: Claim): void {
    this.#replica.set(name, claim.ref)
    this.#broadcast({ kind: 'named', name, ref: claim.ref })
    claim.decide(true)
  }

  #probed(name: string, ref: AnyRef, alive: boolean): void {
    if (!alive) return this.#released(name, ref)
    const holder = this.#replica.get(name)
    if (holder === undefined || !sameRef(holder, ref)) return // it has passed the name on: its successor is being probed
    const claims = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const claim of claims) claim.decide(false)
  }

  #released(name: string, ref: AnyRef): void {
    const holder = this.#replica.get(name)
    if (holder === undefined || !sameRef(holder, ref)) return this.#withdraw(name, ref)
    const claims = this.#waiting.get(name) ?? []
    this.#replica.delete(name)
    this.#waiting.delete(name)
    this.#broadcast({ kind: 'unnamed', name, ref })
    for (const claim of claims) this.#decide(name, claim)
  }

  /** An actor that waits for a name does not want it any more: its kernel must not go on waiting. */
  #withdraw(name: string, ref: AnyRef): void {
    const claims = this.#waiting.get(name)
    const index = claims?.findIndex((claim) => sameRef(claim.ref, ref)) ?? -1
    if (index >= 0) claims?.splice(index, 1)[0]?.decide(false)
  }

  #claimed(request: number, granted: boolean): void {
    const claim = this.#requests.get(request)
    if (claim === undefined) return
    this.#requests.delete(request)
    this.#answer(claim, granted)
  }

  #answer({ name, cell, done }: { name: string; cell: Cell; done: Claimed }, granted: boolean): void {
    if (!granted && cell.name === name) cell.related.name = undefined
    done(granted ? undefined : nameTaken(name))
  }

  #forget(name: string, ref: AnyRef): void {
    const holder = this.#replica.get(name)
    if (holder !== undefined && sameRef(holder, ref)) this.#replica.delete(name)
  }

  #broadcast(signal: Signal): void {
    for (const thread of this.#kernel.otherThreads()) this.#kernel.ports.transport.signal(thread, signal)
  }
}

function nameTaken(name: string): RuntimeError {
  return new RuntimeError('NAME_TAKEN', `Cannot register '${name}': a live actor holds this name`, {
    context: { name },
  })
}

function nameRefused(cell: Cell, name: string): RuntimeError {
  const shown = name.slice(0, NAME_LENGTH_MAX)
  const fact =
    cell.name === undefined ? `a name has 1 to ${NAME_LENGTH_MAX} characters` : `it is already '${cell.name}'`
  return new RuntimeError('BAD_OPTION', `Cannot register ${cell} as '${shown}': ${fact}`, {
    context: { name: shown },
  })
}
