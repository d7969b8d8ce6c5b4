/**
 * Inspector: what operators ask a running node and what they may do to its actors. Lives on the main thread.
 *
 * Guarantees
 * - Works while threads are stuck: every question ends within its time-out (default 250 ms) with what the
 *   other threads say, and tells what the silent ones are busy with.
 * - Bounded: rows, messages, characters, events and time each have a cap; no thread is held for longer than
 *   about a millisecond.
 * - Changes nothing but by `kill`, `suspend` and `resume`.
 *
 * Answers are plain data, refs as text. Message bodies and state are shown by `peek` alone, and only when
 * content is asked for.
 *
 * The node builds an `InspectorPort`, lets each of its threads call `answer(kernel, request)` for what
 * `port.ask` brings, and hands every RuntimeEvent of its kernels and of itself to `record`.
 */

import type { About } from '../actor/definition.ts'
import { RuntimeError, type RuntimeErrorCode } from '../actor/errors.ts'
import { type AnyRef, parseRef, Ref } from '../actor/ref.ts'
import type { CrashReport, RuntimeEvent, SupervisorReport, ThreadReport } from '../kernel/events.ts'
import type { Clock } from '../kernel/ports.ts'
import type { ActorInfo } from './actor-info.ts'
import type { ActorRow } from './actor-row.ts'
import { ask, askAll, type SilentThread } from './ask.ts'
import { EventLog, type EventQuery } from './event-log.ts'
import {
  ACTORS_DEFAULT,
  ACTORS_MAX,
  type AskOptions,
  type DeadLetters,
  FOLD_DEFAULT,
  FOLD_MAX,
  type FoldedTreeOptions,
  LETTERS_DEFAULT,
  LETTERS_MAX,
  LIST_DEFAULT,
  type ListOptions,
  limited,
  PEEK_DEPTH_MAX,
  PEEK_MESSAGES_DEFAULT,
  type PeekOptions,
  RANKING_DEFAULT,
  type RankingOptions,
  REACH_TIMEOUT_MS_DEFAULT,
  type ReachOptions,
  type SnapshotOptions,
  type Target,
  TIMEOUT_MS_MAX,
  TRACE_EVENTS_DEFAULT,
  TRACE_EVENTS_MAX,
  TRACE_PER_SECOND_DEFAULT,
  TRACES_MAX,
  type TraceOptions,
  timeoutOf,
  whole,
} from './inspector-options.ts'
import { LiveTrace } from './live-trace.ts'
import { PEEK_MESSAGES_MAX, type Peek } from './peek.ts'
import type { InspectorPort } from './port.ts'
import { reachOver, type WholeReach } from './reach-over.ts'
import type { InspectAnswers, InspectKind, OperatorVerb, RequestOf, TraceRow } from './requests.ts'
import { clip } from './safe-read.ts'
import { type ActorOrder, SCAN_BEST_MAX } from './scan.ts'
import { type Snapshot, type ThreadView, takeSnapshot, viewThread } from './snapshot.ts'
import { type ActorList, type FoldedTree, type Ranking, Survey } from './survey.ts'

const SYSTEM_CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

export class Inspector {
  readonly #port: InspectorPort
  readonly #clock: Clock
  readonly #events = new EventLog()
  readonly #traces = new Set<LiveTrace>()

  constructor(port: InspectorPort, clock: Clock = SYSTEM_CLOCK) {
    this.#port = port
    this.#clock = clock
  }

  /** For the node: keeps a report, so that `crashes` and `restarts` can list it. */
  record(event: RuntimeEvent): void {
    this.#events.add(event)
  }

  // --- the whole node ---

  /**
   * All actors at about this moment; `toTree` makes the supervision tree of them. Never rejects because of a
   * thread.
   */
  snapshot(options: SnapshotOptions = {}): Promise<Snapshot> {
    const timeoutMs = timeoutOf(options)
    const maxActors = whole('maxActors', options.maxActors ?? ACTORS_DEFAULT, ACTORS_MAX)
    return takeSnapshot(this.#port, this.#clock, { maxActors, timeoutMs })
  }

  /** Each thread in a few numbers, with what it is busy with. Never rejects because of a thread. */
  threads(options: AskOptions = {}): Promise<ThreadView[]> {
    const timeoutMs = timeoutOf(options)
    return Promise.all(this.#port.threads().map((thread) => viewThread(this.#port, thread, timeoutMs)))
  }

  /** Messages that nobody handled: the newest `limit` of all threads (default 100, up to 1,000). */
  async deadLetters(options: AskOptions & { readonly limit?: number } = {}): Promise<DeadLetters> {
    const limit = whole('limit', options.limit ?? LETTERS_DEFAULT, LETTERS_MAX)
    const { answers, silent } = await askAll<'deadLetters'>(
      this.#port,
      { kind: 'deadLetters', limit },
      timeoutOf(options),
    )
    const letters = answers.flatMap((answer) => answer.letters).sort((a, b) => a.atMs - b.atMs)
    const total = answers.reduce((sum, answer) => sum + answer.total, 0)
    return { total, letters: letters.slice(-limit), silent }
  }

  /** Crash reports with their flight recorders, oldest first; the newest 200 are kept. */
  crashes(query?: EventQuery): CrashReport[] {
    return this.#events.list('crash', query)
  }

  /** What supervisors reported, oldest first; the newest 200 are kept. */
  restarts(query?: EventQuery): SupervisorReport[] {
    return this.#events.list('supervisor', query)
  }

  /** Threads that were lost and replaced, oldest first; the newest 200 are kept. */
  threadReports(query?: EventQuery): ThreadReport[] {
    return this.#events.list('thread', query)
  }

  /** The first `limit` (default 50, up to 500) in some order. */
  ranking(order: ActorOrder, options: RankingOptions = {}): Promise<Ranking> {
    const { sampler, follow } = options
    return this.#survey(options).ranking(order, limited(options, RANKING_DEFAULT, SCAN_BEST_MAX), {
      sampler,
      follow,
    })
  }

  /** Nobody looks with this sampler any more. */
  forgetSampler(sampler: string): void {
    for (const thread of this.#port.threads()) {
      ask<'forgetSampler'>(this.#port, thread, { kind: 'forgetSampler', sampler }, TIMEOUT_MS_MAX).catch(
        () => {},
      )
    }
  }

  /** Actors by thread and slot, at most `limit` (default 1,000, up to 10,000), from where `next` of another list says. */
  list(options: ListOptions = {}): Promise<ActorList> {
    return this.#survey(options).list(limited(options, LIST_DEFAULT, ACTORS_DEFAULT), options.after)
  }

  /**
   * For the supervision tree: of siblings of one type the first `fold` (default 5, up to 1,000) have a row, the others
   * are counted. At most `limit` rows (default 1,000, up to 10,000).
   */
  foldedTree(options: FoldedTreeOptions = {}): Promise<FoldedTree> {
    const fold = whole('fold', options.fold ?? FOLD_DEFAULT, FOLD_MAX)
    return this.#survey(options).tree(fold, limited(options, LIST_DEFAULT, ACTORS_DEFAULT))
  }

  /** The rows of some actors, by ref; those that are dead, or on a thread that gives no answer, are missing. */
  rows(refs: readonly string[], options: AskOptions = {}): Promise<ReadonlyMap<string, ActorRow>> {
    return this.#survey(options).rows(refs)
  }

  /** Which actors end with a target, or with a whole thread, over all threads; see `reachOf` for what is foreseen. */
  async reach(target: Target | { readonly thread: number }, options: ReachOptions = {}): Promise<WholeReach> {
    const timeoutMs = timeoutOf({ timeoutMs: options.timeoutMs ?? REACH_TIMEOUT_MS_DEFAULT })
    const { sums = [], samples = [] } = options
    const isThread = typeof target === 'object' && !(target instanceof Ref)
    const start = isThread ? target : await this.#resolve(target, options)
    return reachOver(this.#port, this.#clock, start, { sums, samples, timeoutMs })
  }

  #survey(options: AskOptions): Survey {
    return new Survey(this.#port, this.#clock, timeoutOf(options))
  }

  // --- one actor --- These throw RuntimeError `UNKNOWN_NAME`, `NO_SUCH_THREAD`, `ACTOR_GONE`, `CALL_TIMEOUT`
  // (naming what the thread is busy with).

  async info(target: Target, options: AskOptions = {}): Promise<ActorInfo> {
    const ref = await this.#resolve(target, options)
    return alive(ref, await this.#ask<'info'>(ref.thread, { kind: 'info', ref: ref.toString() }, options))
  }

  /** What its type tells of its state, or of a part of it; see `ActorSpec.about`. */
  async about(target: Target, part?: string, options: AskOptions = {}): Promise<About> {
    const ref = await this.#resolve(target, options)
    const request = { kind: 'about', ref: ref.toString(), ...(part === undefined ? {} : { part }) } as const
    return alive(ref, await this.#ask<'about'>(ref.thread, request, options))
  }

  /** What waits in its mailbox. */
  async peek(target: Target, options: PeekOptions = {}): Promise<Peek> {
    const messages = whole('messages', options.messages ?? PEEK_MESSAGES_DEFAULT, PEEK_MESSAGES_MAX)
    const depth = options.depth === undefined ? {} : { depth: whole('depth', options.depth, PEEK_DEPTH_MAX) }
    const ref = await this.#resolve(target, options)
    const request = { kind: 'peek', ref: ref.toString(), messages, ...depth } as const
    return alive(ref, await this.#ask<'peek'>(ref.thread, request, options))
  }

  /**
   * Ends it at once: its handler is given up where it awaits, `terminate` does not run. Its supervisor
   * restarts it as ever.
   */
  kill(target: Target, options?: AskOptions): Promise<void> {
    return this.#operate('kill', target, options)
  }

  /** Lets it take no further message; its mailbox goes on filling, up to its bound. */
  suspend(target: Target, options?: AskOptions): Promise<void> {
    return this.#operate('suspend', target, options)
  }

  resume(target: Target, options?: AskOptions): Promise<void> {
    return this.#operate('resume', target, options)
  }

  // --- traces ---

  /**
   * Shows who sends what type of message to whom, never a body. At most 16 at once.
   * @throws RuntimeError `BAD_OPTION`, `TASK_LIMIT`, and for a target as `info`.
   */
  async trace(options: TraceOptions, sink: (event: TraceRow) => void): Promise<LiveTrace> {
    const max = whole('max', options.max ?? TRACE_EVENTS_DEFAULT, TRACE_EVENTS_MAX)
    const perSecond = whole('perSecond', options.perSecond ?? TRACE_PER_SECOND_DEFAULT, TRACE_EVENTS_MAX)
    const ref =
      options.target === undefined ? {} : { ref: (await this.#resolve(options.target, {})).toString() }
    const actor = options.actor === undefined ? {} : { actor: options.actor }
    if (this.#traces.size >= TRACES_MAX) throw tooManyTraces()
    const trace = new LiveTrace(this.#port, { ...ref, ...actor, max, perSecond }, sink)
    this.#traces.add(trace)
    const forget = (): void => {
      this.#traces.delete(trace)
    }
    trace.ended.then(forget, forget)
    return trace
  }

  async #operate(verb: OperatorVerb, target: Target, options: AskOptions = {}): Promise<void> {
    const ref = await this.#resolve(target, options)
    const done = await this.#ask<'operate'>(
      ref.thread,
      { kind: 'operate', verb, ref: ref.toString() },
      options,
    )
    alive(ref, done || undefined)
  }

  async #resolve(target: Target, options: AskOptions): Promise<AnyRef> {
    const ref =
      typeof target === 'string' ? (parseRef(target) ?? (await this.#whereis(target, options))) : target
    if (this.#port.threads().includes(ref.thread)) return ref
    throw inspectError('NO_SUCH_THREAD', ref.toString(), `the node has no thread ${ref.thread}`)
  }

  async #whereis(name: string, options: AskOptions): Promise<AnyRef> {
    const holder = await this.#ask<'whereis'>(0, { kind: 'whereis', name }, options)
    const ref = holder === undefined ? undefined : parseRef(holder)
    if (ref !== undefined) return ref
    throw inspectError('UNKNOWN_NAME', `'${clip(name)}'`, 'no actor has this name')
  }

  async #ask<Kind extends InspectKind>(
    thread: number,
    request: RequestOf<Kind>,
    options: AskOptions,
  ): Promise<InspectAnswers[Kind]> {
    const timeoutMs = timeoutOf(options)
    try {
      return await ask<Kind>(this.#port, thread, request, timeoutMs)
    } catch (cause) {
      throw noAnswer({ thread, activity: this.#port.activity(thread) }, timeoutMs, cause)
    }
  }
}

function alive<T>(ref: AnyRef, value: T | undefined): T {
  if (value === undefined) throw inspectError('ACTOR_GONE', ref.toString(), 'no such actor is alive')
  return value
}

function inspectError(code: RuntimeErrorCode, target: string, fact: string): RuntimeError {
  return new RuntimeError(code, `Cannot inspect ${target}: ${fact}`, { context: { target } })
}

function noAnswer({ thread, activity }: SilentThread, timeoutMs: number, cause: unknown): RuntimeError {
  const busy =
    activity === undefined
      ? ''
      : `, busy with ${activity.actor} ${activity.ref} (${activity.messageType || 'no message'})`
  return new RuntimeError(
    'CALL_TIMEOUT',
    `Cannot inspect thread ${thread}: no answer within ${timeoutMs} ms${busy}`,
    {
      context: { thread, timeoutMs, ...activity },
      cause,
    },
  )
}

function tooManyTraces(): RuntimeError {
  return new RuntimeError('TASK_LIMIT', `Cannot trace: ${TRACES_MAX} traces are open`, {
    context: { limit: TRACES_MAX },
  })
}
