/**
 * Spawner: starting actors on other threads, and being asked to start one here.
 *
 * Every request ends exactly once: with the ref once `init` is done, or with the reason why not; the death of
 * the other thread is one.
 */

import { RuntimeError } from '../actor/errors.ts'
import { type ExitReason, toErrorData } from '../actor/exit-reason.ts'
import type { Placement } from '../actor/messages.ts'
import type { AnyRef } from '../actor/ref.ts'
import { type Cell, DEAD } from './cell.ts'
import type { Kernel, StartOptions } from './kernel.ts'
import type { Signal } from './signals.ts'

/** How a start ended. */
export type Started =
  | { readonly ok: true; readonly ref: AnyRef }
  | { readonly ok: false; readonly reason: ExitReason }

interface Request {
  readonly thread: number
  readonly parent: Cell | null
  readonly link: boolean
  readonly done: (started: Started) => void
}

type OnStarted = NonNullable<StartOptions['onStarted']>

type SpawnSignal = Extract<Signal, { kind: 'spawn' }>

const THREADS_MAX = 4_096

export class Spawner {
  readonly #kernel: Kernel
  readonly #requests = new Map<number, Request>()
  /**
   * Starters that wait for an actor of this kernel. Not in the cell: one that has started needs it no more.
   */
  readonly #expected = new Map<Cell, OnStarted>()
  /** Actors that start here for others, by `startKey`, so that an abort finds them. */
  readonly #starting = new Map<number, Cell>()
  #lastRequest = 0

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Notes who is to be told, once, how an actor's start ends. */
  expect(cell: Cell, onStarted: OnStarted): void {
    this.#expected.set(cell, onStarted)
  }

  expects(cell: Cell): boolean {
    return this.#expected.size > 0 && this.#expected.has(cell)
  }

  /** An actor's `init` is done, a supervisor's when its children's are; or it failed. */
  started(cell: Cell, failure: ExitReason | undefined): void {
    if (this.#expected.size === 0) return
    const onStarted = this.#expected.get(cell)
    if (onStarted === undefined) return
    this.#expected.delete(cell)
    onStarted(failure)
  }

  /** Starts under way: asked for here, and for others here. */
  get open(): number {
    return this.#requests.size + this.#starting.size + this.#expected.size
  }

  /** The thread that a placement means. @throws RuntimeError `NO_SUCH_THREAD`. */
  threadOf(placement: Placement): number {
    if (placement === 'here') return this.#kernel.thread
    const threads = this.#kernel.ports.transport.placement()
    if ('key' in placement) return threads[hashKey(placement.key) % threads.length] as number
    const { thread } = placement
    if (thread === this.#kernel.thread || thread === 0 || threads.includes(thread)) return thread
    throw new RuntimeError(
      'NO_SUCH_THREAD',
      `Cannot place an actor on thread ${thread}: the node has no such thread`,
      {
        context: { thread },
      },
    )
  }

  /**
   * Starts an actor on any thread and tells once how it went. Returns the ref where it is known at once, that
   * is, on this thread.
   * @throws RuntimeError `NO_SUCH_THREAD`, `ACTOR_LIMIT`, `MESSAGE_NOT_PORTABLE`.
   */
  start(
    placement: Placement,
    definition: Parameters<Kernel['start']>[0],
    arg: unknown,
    options: Pick<StartOptions, 'parent' | 'link' | 'name'>,
    done: (started: Started) => void,
  ): AnyRef | undefined {
    const thread = this.threadOf(placement)
    if (thread !== this.#kernel.thread) {
      this.#request(thread, definition.name, arg, options, done)
      return undefined
    }
    const cell = this.#kernel.start(definition, arg, {
      ...options,
      onStarted: (failure) =>
        done(failure === undefined ? { ok: true, ref: cell.ref } : { ok: false, reason: failure }),
    })
    return cell.ref
  }

  #request(
    thread: number,
    type: string,
    arg: unknown,
    { parent, link, name }: Pick<StartOptions, 'parent' | 'link' | 'name'>,
    done: (started: Started) => void,
  ): void {
    const request = ++this.#lastRequest
    const from = parent?.ref ?? null
    this.#kernel.ports.transport.signal(thread, {
      kind: 'spawn',
      request,
      thread: this.#kernel.thread,
      type,
      arg,
      parent: from,
      link,
      name: name ?? null,
    })
    this.#requests.set(request, { thread, parent, link, done })
    if (parent !== null) parent.related.openStarts++
  }

  // --- at the starter ---

  spawned(requestId: number, ref: AnyRef): void {
    const request = this.#take(requestId)
    if (request === undefined) return
    const { parent, link, done } = request
    if (parent !== null && parent.status & DEAD) {
      // The abort came too late there: the new actor is linked to a dead parent and has to hear of it.
      if (link) this.#kernel.exits.signal(parent.ref, ref, 'shutdown', true)
      return
    }
    if (parent !== null && link) this.#kernel.exits.links.add(parent, ref)
    done({ ok: true, ref })
  }

  failed(requestId: number, reason: ExitReason): void {
    const request = this.#take(requestId)
    if (request === undefined || (request.parent !== null && request.parent.status & DEAD)) return
    request.done({ ok: false, reason })
  }

  /**
   * Gives up what an actor is having started elsewhere, linked: because it ended, or does not want it any
   * more.
   */
  abortStarts(cell: Cell): void {
    if (cell.related.openStarts === 0) return
    for (const [request, { parent, thread, link }] of this.#requests) {
      if (parent !== cell || !link) continue
      this.#kernel.ports.transport.signal(thread, {
        kind: 'spawnAbort',
        request,
        thread: this.#kernel.thread,
        reason: 'shutdown',
      })
    }
  }

  threadDown(thread: number): void {
    for (const [id, request] of [...this.#requests])
      if (request.thread === thread) this.failed(id, 'threadDown')
    for (const [key, cell] of [...this.#starting]) {
      if (key % THREADS_MAX !== thread) continue
      this.#starting.delete(key)
      this.#kernel.exits.order(cell, 'threadDown')
    }
  }

  // --- at the actor's own kernel ---

  receive(signal: SpawnSignal): void {
    const { request, thread, type, arg, parent, link, name } = signal
    const { transport } = this.#kernel.ports
    const refuse = (error: unknown): void => {
      transport.signal(thread, { kind: 'spawnFailed', request, reason: toErrorData(error) })
    }
    const definition = this.#kernel.definitions.get(type)
    if (definition === undefined) return refuse(unknownType(type, this.#kernel))
    const key = startKey(thread, request)
    const onStarted = (failure: ExitReason | undefined): void => {
      if (this.#starting.get(key) !== cell) return // its starter's thread is lost, and a successor may use the same numbers
      this.#starting.delete(key)
      if (failure === undefined) transport.signal(thread, { kind: 'spawned', request, ref: cell.ref, parent })
      else transport.signal(thread, { kind: 'spawnFailed', request, reason: failure })
    }
    let cell: Cell
    try {
      cell = this.#kernel.start(definition, arg, {
        parent: null,
        parentRef: parent ?? undefined,
        link: link && parent !== null,
        name: name ?? undefined,
        onStarted,
      })
    } catch (error) {
      return refuse(error)
    }
    this.#starting.set(key, cell)
  }

  aborted(thread: number, request: number, reason: ExitReason): void {
    const cell = this.#starting.get(startKey(thread, request))
    if (cell !== undefined) this.#kernel.exits.order(cell, reason)
  }

  #take(id: number): Request | undefined {
    const request = this.#requests.get(id)
    if (request === undefined) return undefined
    this.#requests.delete(id)
    if (request.parent !== null) request.parent.related.openStarts--
    return request
  }
}

const startKey = (thread: number, request: number): number => request * THREADS_MAX + thread

/** FNV-1a over UTF-16 units: the same on every thread, and well spread for short keys. */
function hashKey(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  return hash >>> 0
}

function unknownType(type: string, kernel: Kernel): RuntimeError {
  const known = [...kernel.definitions.keys()].join(', ') || 'none'
  return new RuntimeError(
    'UNKNOWN_ACTOR_TYPE',
    `Cannot spawn '${type}': thread ${kernel.thread} knows no such actor type (known: ${known})`,
    {
      context: { type, thread: kernel.thread },
    },
  )
}
