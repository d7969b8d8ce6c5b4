/**
 * startServer: a whole node: the threads with their actors, the gateway, and the port that clients connect to.
 *
 * Guarantees: resolves when clients can connect, and leaves nothing running when it rejects. A data folder belongs to
 * one server at a time. `drain` and `stop` may be called at any time and more than once; neither takes longer than 30 s.
 */

import { actorsModule, type NodeSettings, shard } from '../actors/index.ts'
import {
  describeExit,
  type ExitReason,
  type Node,
  type NodeOptions,
  startNode,
  toErrorData,
} from '../runtime/index.ts'
import { lockFolder } from '../storage/index.ts'
import type { AdminNode } from './admin/admin-node.ts'
import { AdminServer } from './admin/admin-server.ts'
import { StoreReader } from './admin/store-reader.ts'
import { Authenticator } from './authenticator.ts'
import { Capacity, descriptorLimit } from './capacity.ts'
import { systemClock } from './clock.ts'
import { type DrainReceipt, drain } from './drain.ts'
import { Gateway } from './gateway.ts'
import { HttpApi } from './http-api.ts'
import { Listener } from './listener.ts'
import { Metrics } from './metrics/metrics.ts'
import { type CheckedSettings, checkSettings, type ServerSettings } from './settings.ts'
import { type Actors, serverTree } from './tree.ts'

export interface ServerStats {
  readonly connections: number
  readonly connectionsMax: number
  readonly sessions: number
  readonly detached: number
  readonly starting: number
  readonly congested: number
  readonly crashed: number
  readonly replaced: number
  readonly skipped: number
  readonly framesIn: number
  readonly published: number
}

type RuntimeEvent = Parameters<NonNullable<NodeOptions['onEvent']>>[0]

/** Room for the largest frame and what surrounds it: a message takes at most half of a ring. */
const RING_BYTES = 4 * 1_024 * 1_024
const READY_POLL_MS = 10
const STOP_MS = 7_000

const REAL_ACTORS: Actors = { module: actorsModule, shard: shard as Actors['shard'] }

/** `actors` is for tests. @throws Error naming the setting, the port or the folder that does not do. */
export async function startServer(settings: ServerSettings, actors: Actors = REAL_ACTORS): Promise<Server> {
  const checked = checkSettings(settings)
  const server = new Server(checked)
  try {
    await server.start(actors)
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

type Phase = 'starting' | 'open' | 'draining' | 'stopped'

export class Server {
  /** Resolves with the reason when the node has ended, whether it was told to or has given up. */
  readonly done: Promise<ExitReason>
  readonly #settings: CheckedSettings
  readonly #gateway: Gateway
  readonly #api: HttpApi
  readonly #listener: Listener
  readonly #capacity: Capacity
  readonly #metrics: Metrics
  readonly #admin: AdminServer
  #finish!: (reason: ExitReason) => void
  #node: Node | undefined
  #unlock: (() => void) | undefined
  #phase: Phase = 'starting'
  #draining: Promise<DrainReceipt> | undefined
  #stopping: Promise<void> | undefined

  /** Use `startServer`. */
  constructor(settings: CheckedSettings) {
    const authenticator = new Authenticator(settings.auth)
    this.#settings = settings
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#gateway = new Gateway(settings, authenticator)
    this.#api = new HttpApi(settings, systemClock, authenticator, {
      node: () => this.node,
      isReady: () => this.#isReady(),
      metrics: () => this.#metrics.scrape(),
      socketUrl: (host) => this.#socketUrl(host),
    })
    this.#listener = new Listener(settings, {
      gateway: this.#gateway,
      api: this.#api,
      capacity: () => this.#capacity,
      takesSockets: () => this.#phase === 'open' && !this.#gateway.identification.admission.full,
    })
    this.#capacity = new Capacity(
      {
        descriptors: descriptorLimit(),
        reserve: settings.descriptorReserve,
        connectionsMax: settings.connectionsMax,
      },
      { pause: (paused) => this.#pause(paused), nearlyFull: () => this.#nearlyFull() },
    )
    this.#metrics = new Metrics({
      clock: systemClock,
      node: () => this.node,
      gateway: this.#gateway,
      capacity: () => this.#capacity,
      httpRequests: () => this.#api.requests,
      isReady: () => this.#isReady(),
    })
    this.#admin = new AdminServer(this.#adminNode(authenticator))
  }

  /** Called once, by `startServer`. */
  async start(actors: Actors): Promise<void> {
    const { log, threads, stuckMs, heapLimitMb, data } = this.#settings
    if (data !== undefined) {
      const lock = lockFolder(data)
      this.#unlock = () => lock.release()
    }
    this.#node = await startNode({
      root: serverTree(this.#nodeSettings(), actors, this.#gateway) as never,
      threads,
      modules: [actors.module],
      ringBytes: RING_BYTES,
      stuckMs,
      heapLimitMb,
      onEvent: (event) => this.#report(event),
    })
    this.#node.done.then((reason) => this.#ended(reason))
    await this.#shardsReady()
    this.#gateway.start(this.#node, this.#listener.app)
    this.#metrics.start()
    await this.#admin.start()
    this.#listener.listen()
    this.#phase = 'open'
    log.info(
      { node: this.#settings.node, url: this.url, connectionsMax: this.#capacity.socketsMax },
      'listening',
    )
  }

  get port(): number {
    return this.#listener.port
  }

  /** `http://host:port`. */
  get url(): string {
    const { tls, host } = this.#settings
    return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${this.port}`
  }

  /** Where operators reach this node. */
  get admin(): { readonly path: string | undefined; readonly port: number | undefined } {
    const { path, port } = this.#admin
    return { path, port }
  }

  get node(): Node {
    if (this.#node === undefined) throw new Error('Cannot use the node: it has not started')
    return this.#node
  }

  stats(): ServerStats {
    const { connections, sessions, keeper, identification, outbox, framesIn, published } = this.#gateway
    return {
      connections: connections.all.size,
      connectionsMax: this.#capacity.socketsMax,
      sessions: sessions.size,
      detached: sessions.detached,
      starting: identification.admission.running + identification.admission.waiting,
      congested: outbox.congested,
      crashed: keeper.crashed,
      replaced: keeper.replaced,
      skipped: outbox.skipped,
      framesIn,
      published,
    }
  }

  /** A drain was asked for, by whomever. */
  get draining(): boolean {
    return this.#draining !== undefined
  }

  /** Takes no more clients, sends those that are here away, then stops. */
  drain(): Promise<DrainReceipt> {
    this.#draining ??= this.#drain()
    return this.#draining
  }

  /** Stops at once; clients see 1012. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #drain(): Promise<DrainReceipt> {
    // Requests are still heard, so that upgrades get their 503 and /readyz its answer.
    if (this.#phase === 'open') this.#phase = 'draining'
    const url = this.#socketUrl(undefined)
    const { drainMs, log } = this.#settings
    const receipt = await drain(this.#gateway.connections, systemClock, { url, drainMs })
    log.info({ ...receipt }, 'drained')
    await this.stop()
    return receipt
  }

  async #stop(): Promise<void> {
    const wasOpen = this.#phase === 'open'
    this.#phase = 'stopped'
    this.#listener.pause()
    if (wasOpen)
      await drain(this.#gateway.connections, systemClock, { url: this.#socketUrl(undefined), drainMs: 0 })
    await this.#admin.stop()
    this.#gateway.stop()
    this.#metrics.stop()
    await this.#node?.stop({ timeoutMs: STOP_MS })
    this.#listener.close()
    this.#unlock?.()
    this.#finish('shutdown')
  }

  /** The root has ended; unless it was told to, there is nothing left to serve with. */
  #ended(reason: ExitReason): void {
    if (this.#phase === 'stopped' || this.#phase === 'starting') return
    this.#settings.log.error({ reason: describeExit(reason) }, 'the node has given up')
    this.#finish(reason)
    this.#unattended(this.stop())
  }

  /** Whoever runs the node waits for `done` and then ends its process: that must come although the end was not in order. */
  #unattended(work: Promise<unknown>): void {
    work.catch((error) => {
      this.#settings.log.error({ error: String(error) }, 'the node could not stop in order')
      this.#finish(toErrorData(error))
    })
  }

  #pause(paused: boolean): void {
    this.#settings.log.warn(
      { connections: this.#capacity.sockets, paused },
      'descriptors run out, or are free again',
    )
    if (paused) this.#listener.pause()
    else if (this.#phase === 'open') this.#listener.listenAgain()
  }

  #nearlyFull(): void {
    const { sockets, socketsMax } = this.#capacity
    this.#settings.log.warn(
      { connections: sockets, connectionsMax: socketsMax },
      'nearly full: add a node, or raise the limits (deploy/tune-linux.sh)',
    )
  }

  async #shardsReady(): Promise<void> {
    const deadlineMs = systemClock.nowMs() + this.#settings.readyMs
    while (!this.#shardsAreThere()) {
      if (systemClock.nowMs() > deadlineMs) {
        throw new Error(
          `Cannot start the server: its shards are not ready after ${this.#settings.readyMs} ms`,
        )
      }
      await new Promise<void>((resolve) => systemClock.after(READY_POLL_MS, resolve))
    }
  }

  #isReady(): boolean {
    return this.#phase === 'open' && this.#shardsAreThere()
  }

  #shardsAreThere(): boolean {
    for (let thread = 1; thread <= this.#settings.threads; thread++) {
      if (this.node.whereis(`sessions.${thread}`) === undefined) return false
    }
    return true
  }

  #report(event: RuntimeEvent): void {
    const { log } = this.#settings
    this.#metrics.note(event)
    if (event.type === 'thread') {
      log.warn({ thread: event.thread, event: event.event, detail: event.detail }, 'thread')
    } else if (event.type === 'crash') {
      log.error(
        { actor: event.actor, during: event.during, reason: describeExit(event.reason) },
        'an actor crashed',
      )
    } else {
      log.warn({ supervisor: event.supervisor, child: event.child, event: event.event }, 'supervisor')
    }
  }

  #adminNode(authenticator: Authenticator): AdminNode {
    return {
      settings: this.#settings,
      clock: systemClock,
      gateway: this.#gateway,
      authenticator,
      store: new StoreReader(systemClock, this.#settings),
      node: () => this.node,
      state: () => this.#phase,
      metrics: async () => (await this.#metrics.scrape()).text,
      socketsMax: () => this.#capacity.socketsMax,
      drain: () => this.#unattended(this.drain()),
    }
  }

  #nodeSettings(): NodeSettings {
    const { node, nodeNumber, threads, data, mapSizeMb } = this.#settings
    return { node, nodeNumber, threads, data, mapSizeMb }
  }

  #socketUrl(host: string | undefined): string {
    const { publicUrl, tls } = this.#settings
    if (publicUrl !== undefined) return publicUrl
    const address = host === undefined || host === '' ? new URL(this.url).host : host
    return `${tls === undefined ? 'ws' : 'wss'}://${address}/v1/socket`
  }
}
