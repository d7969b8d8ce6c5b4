/**
 * startNode: the actors of one process: a kernel on the main thread, one on each scheduler thread, and all
 * that keeps them running.
 *
 * Guarantees: what an actor or a thread does takes down neither the main thread nor another thread; see
 * `Threads` and `Watchdog`. The main thread's own actors are not watched: keep them small and trusted, like
 * the supervision tree's upper part.
 */

import type { CallOptions, Refusal, Work } from '../actor/context.ts'
import type { ActorDefinition } from '../actor/definition.ts'
import type { ExitReason } from '../actor/exit-reason.ts'
import type { Placement, ReplyOf, RequestTo } from '../actor/messages.ts'
import { type AnyRef, parseRef, type Ref } from '../actor/ref.ts'
import { answer, Inspector, type InspectRequest, type ThreadActivity } from '../inspect/index.ts'
import type { RuntimeEvent, ThreadReport } from '../kernel/events.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { operate } from '../kernel/operate.ts'
import { startError } from '../kernel/start-error.ts'
import { loadDefinitions } from './definitions.ts'
import { DirtyPool } from './dirty-pool.ts'
import { hostKernel, type KernelHost } from './kernel-host.ts'
import { Loads } from './loads.ts'
import { type CheckedOptions, checkOptions, type NodeOptions } from './options.ts'
import { rootKeeper } from './root-keeper.ts'
import { settleThisThread } from './settler.ts'
import { SharedMemory } from './shared-memory.ts'
import { loadsOf, type ThreadLoad } from './thread-load.ts'
import { type ThreadState, Threads } from './threads.ts'
import { type Activity, Watchdog } from './watchdog.ts'

const CALL_TIMEOUT_MS_DEFAULT = 5_000
const ROOT_STOP_MS_DEFAULT = 30_000

export interface NodeSpawnOptions {
  /** Default: `'here'`, the main thread. */
  readonly placement?: Placement
  readonly name?: string
}

export interface ThreadInfo {
  readonly thread: number
  readonly state: ThreadState
  /** How often it was replaced. */
  readonly restarts: number
  /** What its last predecessor died of. */
  readonly lastFault: string | undefined
  /** Heap and Buffers at the last look, at most 100 ms ago. */
  readonly heapBytes: number
  /** Events that found no room on their way to the main thread. */
  readonly eventsLost: number
}

/**
 * Starts the threads, then the root, and resolves when the root's `init` is done.
 *
 * @throws RuntimeError `BAD_OPTION`; `THREAD_START_FAILED` when a thread does not start; `CHILD_START_FAILED`
 * when the root does not. Nothing is left running then.
 */
export async function startNode(options: NodeOptions = {}): Promise<Node> {
  const checked = checkOptions(options)
  const node = new Node(checked, await loadDefinitions(checked.modules))
  try {
    await node.start()
    return node
  } catch (error) {
    await node.stop()
    throw error
  }
}

export class Node {
  /** Resolves with the root's exit reason; with `'shutdown'` at `stop` when there was no root. */
  readonly done: Promise<ExitReason>
  readonly inspector: Inspector
  readonly #options: CheckedOptions
  readonly #memory: SharedMemory
  readonly #host: KernelHost
  readonly #threads: Threads
  readonly #watchdog: Watchdog
  readonly #loads: Loads
  #stopSettling = (): void => {}
  readonly #pool: DirtyPool
  #root: AnyRef | undefined
  #keeper: AnyRef | undefined
  #stopping: Promise<void> | undefined
  #finish!: (reason: ExitReason) => void

  /** Use `startNode`. */
  constructor(options: CheckedOptions, definitions: Awaited<ReturnType<typeof loadDefinitions>>) {
    const memory = SharedMemory.allocate(options.threads + 1, options.ringBytes)
    const generations = new Array<number>(options.threads + 1).fill(1)
    const work = (job: Work<unknown, unknown>, input: unknown): Promise<unknown> => this.#pool.run(job, input)
    this.#options = options
    this.#memory = memory
    this.#loads = new Loads(() => [
      { thread: 0, eventLoop: () => performance.eventLoopUtilization() },
      ...this.#threads.all(),
    ])
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#pool = new DirtyPool(options)
    this.#host = hostKernel({
      thread: 0,
      memory,
      generations,
      gone: [],
      definitions,
      work,
      onEvent: (event) => this.#report(event),
    })
    this.#threads = new Threads({
      memory,
      generations,
      modules: options.modules,
      heapLimitMb: options.heapLimitMb,
      transport: this.#host.transport,
      answer: (question) => {
        const job = question as { work: Work<unknown, unknown>; input: unknown }
        return work(job.work, job.input)
      },
      report: (thread, event, detail) => this.#reportThread(thread, event, detail),
    })
    this.#watchdog = this.#makeWatchdog()
    this.inspector = new Inspector({
      threads: () => [0, ...this.#threads.all().map(({ thread }) => thread)],
      ask: (thread, request, timeoutMs) => this.ask(thread, request, timeoutMs),
      activity: (thread) => this.#activity(thread),
    })
  }

  /** Called once, by `startNode`. */
  async start(): Promise<void> {
    this.#watchdog.start()
    this.#loads.start()
    this.#stopSettling = settleThisThread()
    await this.#threads.start()
    const { root, rootArg } = this.#options
    if (root === undefined) return
    const ref = await this.spawn(root as ActorDefinition<unknown, never, unknown>, rootArg)
    this.#root = ref
    const keeping = { root: ref, onEnd: this.#finish }
    this.#keeper = this.#kernel.start(rootKeeper, keeping, { parent: null, link: false }).ref
  }

  /** The root, while the node has one. Which messages it understands is the caller's claim. */
  get root(): AnyRef | undefined {
    return this.#root
  }

  /** The root, and the actor that ends the node when the root ends. Nobody starts either of them again. */
  isVital(ref: string): boolean {
    return ref === this.#root?.toString() || ref === this.#keeper?.toString()
  }

  // --- messages ---

  /** Sends from outside any actor. Returns why the message was refused, or undefined. */
  send<M>(to: Ref<M>, message: M): Refusal | undefined {
    return this.#kernel.send(null, to, message)
  }

  /** Calls from outside any actor. Rejects as `Context.call` does. */
  call<M, Type extends string>(
    to: Ref<M>,
    request: RequestTo<M> & { readonly type: Type },
    options?: CallOptions,
  ): Promise<ReplyOf<M, Type>> {
    const timeoutMs = options?.timeoutMs ?? CALL_TIMEOUT_MS_DEFAULT
    return new Promise((resolve, reject) => {
      this.#kernel.calls.start(null, false, to, request, timeoutMs, (outcome) => {
        if (outcome.ok) resolve(outcome.value)
        else reject(outcome.error)
      })
    })
  }

  /**
   * Starts an actor that has no parent and resolves when its `init` is done. Rejects as `Context.spawnAt`
   * does.
   */
  spawn<State, M, Arg>(
    definition: ActorDefinition<State, M, Arg>,
    arg: Arg,
    { placement = 'here', name }: NodeSpawnOptions = {},
  ): Promise<Ref<M>> {
    return new Promise((resolve, reject) => {
      this.#kernel.spawner.start(
        placement,
        definition,
        arg,
        { parent: null, link: false, name },
        (started) => {
          if (started.ok) resolve(started.ref as Ref<M>)
          else reject(startError(definition.name, started.reason))
        },
      )
    })
  }

  /** Who holds a name. The message type is the caller's claim. */
  whereis<M = never>(name: string): Ref<M> | undefined {
    return this.#kernel.names.whereis(name) as Ref<M> | undefined
  }

  /** The name of an actor, given as text; undefined when it has none. */
  nameOf(ref: string): string | undefined {
    const parsed = parseRef(ref)
    return parsed === undefined ? undefined : this.#nameOf(parsed)
  }

  /** The members of a group on all threads, as the main thread knows them. */
  members<M = never>(group: string): readonly Ref<M>[] {
    return this.#kernel.groups.members(group) as readonly AnyRef[] as readonly Ref<M>[]
  }

  // --- operation ---

  /** Ends an actor at once, without its `terminate`. */
  kill(ref: AnyRef): void {
    this.#operate('kill', ref)
  }

  /** Keeps an actor from taking messages until `resume`. */
  suspend(ref: AnyRef): void {
    this.#operate('suspend', ref)
  }

  resume(ref: AnyRef): void {
    this.#operate('resume', ref)
  }

  /**
   * Ends a scheduler thread and brings up another, also one that was given up. @throws RuntimeError
   * `NO_SUCH_THREAD`.
   */
  restartThread(thread: number): void {
    this.#threads.restart(thread)
  }

  /** The scheduler threads. */
  threads(): ThreadInfo[] {
    return this.#threads.all().map(({ thread, state, restarts, lastFault, control }) => {
      const heapBytes = this.#watchdog.heapBytes(thread)
      return { thread, state, restarts, lastFault, heapBytes, eventsLost: control.eventsLost }
    })
  }

  /** All threads as they are seen from outside: it asks none of them. */
  loads(): ThreadLoad[] {
    const { heapLimitMb } = this.#options
    const looks = { busy: this.#loads, activity: (thread: number) => this.#activity(thread) }
    return loadsOf(this.threads(), this.#memory, heapLimitMb, looks)
  }

  /** Asks a thread's kernel for inspection. Rejects with `CALL_TIMEOUT`, `THREAD_DOWN`, `NO_SUCH_THREAD`. */
  ask(thread: number, request: InspectRequest, timeoutMs: number): Promise<unknown> {
    return thread === 0 ? answer(this.#kernel, request) : this.#threads.ask(thread, request, timeoutMs)
  }

  /**
   * Stops the root, which stops its children in order, then the threads. Safe to call twice.
   * After `timeoutMs` (default 30,000) the root is killed.
   */
  stop({ timeoutMs = ROOT_STOP_MS_DEFAULT }: { timeoutMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#stopAll(timeoutMs)
    return this.#stopping
  }

  async #stopAll(timeoutMs: number): Promise<void> {
    const root = this.#root === undefined ? undefined : this.#kernel.cells.get(this.#root)
    if (root === undefined) this.#finish('shutdown')
    else this.#kernel.exits.order(root, 'shutdown')
    const late = setTimeout(() => this.#root !== undefined && this.kill(this.#root), timeoutMs)
    await this.done
    clearTimeout(late)
    this.#watchdog.stop()
    this.#loads.stop()
    this.#stopSettling()
    await this.#threads.stop()
    this.#host.pump.stop()
    await this.#pool.stop()
  }

  get #kernel(): Kernel {
    return this.#host.kernel
  }

  #operate(verb: 'kill' | 'suspend' | 'resume', ref: AnyRef): void {
    if (ref.thread === 0) operate(this.#kernel, verb, ref)
    else this.#host.transport.signal(ref.thread, { kind: verb, to: ref })
  }

  // --- what goes wrong ---

  #makeWatchdog(): Watchdog {
    const { stuckMs, heapLimitMb } = this.#options
    return new Watchdog({
      clock: this.#host.kernel.ports.clock,
      stuckMs,
      heapLimitMb,
      watched: () => this.#threads.running(),
      onStuck: (thread, activity, sinceMs) => {
        this.#threads.condemn(thread, 'stuck', this.#describeStuck(thread, activity, sinceMs))
      },
      onHeapLimit: (thread, heapBytes) => {
        const mib = Math.round(heapBytes / 1_048_576)
        this.#threads.condemn(thread, 'heapLimit', `holds ${mib} MiB, more than heapLimitMb ${heapLimitMb}`)
      },
    })
  }

  #describeStuck(thread: number, activity: Activity | undefined, sinceMs: number): string {
    const since = new Date(sinceMs).toISOString()
    if (activity === undefined) return `blocked outside any actor since ${since}`
    const ref = this.#kernel.refs.of(thread, activity.slot, activity.incarnation)
    const name = this.#nameOf(ref)
    const who = `${activity.actor} ${ref}${name === undefined ? '' : ` ('${name}')`}`
    const what = activity.messageType === '' ? 'starting or stopping' : `handling '${activity.messageType}'`
    return `${who} has been ${what} since ${since}`
  }

  #nameOf({ thread, slot, incarnation }: AnyRef): string | undefined {
    for (const [name, ref] of this.#kernel.names.all) {
      if (ref.slot === slot && ref.incarnation === incarnation && ref.thread === thread) return name
    }
    return undefined
  }

  #activity(thread: number): ThreadActivity | undefined {
    const activity = this.#watchdog.activity(thread)
    if (activity === undefined) return undefined
    const { slot, incarnation, actor, messageType, sinceMs } = activity
    return { ref: this.#kernel.refs.of(thread, slot, incarnation).toString(), actor, messageType, sinceMs }
  }

  #reportThread(thread: number, event: ThreadReport['event'], detail: string): void {
    this.#report({ type: 'thread', atMs: Date.now(), thread, event, detail })
  }

  #report(event: RuntimeEvent): void {
    this.inspector.record(event)
    this.#options.onEvent(event)
  }
}
