/**
 * World: one simulation with the ledger of its actors, the dice that everything in it is chosen by, and its
 * trace.
 */

import type { AnyRef } from '../../runtime/actor/index.ts'
import { Simulation } from '../../runtime/testing/index.ts'
import { type ActorDefinitions, actorDefinitions } from './actors.ts'
import { type Forest, forest } from './forest.ts'
import { Ledger, type Life } from './ledger.ts'
import type { Actor } from './messages.ts'

const NAMES = ['ada', 'bob', 'cy'] as const
const GROUPS = ['red', 'blue'] as const

export class World {
  readonly simulation: Simulation
  readonly ledger = new Ledger()
  readonly definitions: ActorDefinitions
  readonly forest: Forest
  /** What happened, one line each. */
  readonly trace: string[] = []
  /** Opens what handlers wait for. */
  readonly gates: (() => void)[] = []
  readonly delayMsMax: number
  readonly #epochs: number[]
  readonly #crashedAtMs: number[]
  #armed: { stepsLeft: number; act: () => void }[] = []
  steps = 0

  constructor(seed: number) {
    this.definitions = actorDefinitions(this)
    const threads = 1 + (seed % 4)
    this.forest = forest(seed, threads, this.definitions)
    this.delayMsMax = (seed >>> 2) % 6
    this.#epochs = new Array<number>(threads).fill(0)
    this.#crashedAtMs = new Array<number>(threads).fill(-Infinity)
    this.simulation = new Simulation({
      seed,
      threads,
      delayMsMax: this.delayMsMax,
      messagesPerTurn: 1 + ((seed >>> 5) % 3),
      definitions: [...Object.values(this.definitions), ...this.forest.definitions],
      onStep: () => this.#onStep(),
    })
  }

  // --- dice ---

  chance(probability: number): boolean {
    return this.simulation.random() < probability
  }

  /** A whole number from 0 up to `below`. */
  int(below: number): number {
    return Math.floor(this.simulation.random() * below)
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(choices.length)] as T
  }

  name(): string {
    return this.pick(NAMES)
  }

  group(): string {
    return this.pick(GROUPS)
  }

  /** Whom to do something with: most of the time someone alive, and the young more often than the old. */
  anyone(): Actor {
    const { lives } = this.ledger
    const young = lives.slice(-12)
    for (let tries = 0; tries < 4; tries++) {
      const life = this.pick(this.chance(0.7) ? young : lives)
      if (life.diedAtMs === undefined || this.chance(0.1)) return life.ref
    }
    return this.pick(lives).ref
  }

  // --- facts ---

  get names(): readonly string[] {
    return NAMES
  }

  get groups(): readonly string[] {
    return GROUPS
  }

  get threads(): number {
    return this.#epochs.length
  }

  epochOf(thread: number): number {
    return this.#epochs[thread] as number
  }

  isAlive(ref: AnyRef): boolean {
    return this.simulation.isAlive(ref)
  }

  /** True for code that goes on in a thread that is lost: nothing of it counts. */
  isGhost(life: Life): boolean {
    return life.epoch !== this.epochOf(life.ref.thread)
  }

  /** How long news may take. */
  get newsMs(): number {
    return this.delayMsMax + 1
  }

  /**
   * What is sent to a successor before the news of its predecessor's death has arrived is lost, as if sent to
   * that one.
   */
  mayBeUnheard(to: AnyRef, atMs: number): boolean {
    return atMs <= (this.#crashedAtMs[to.thread] as number) + this.newsMs
  }

  // --- events ---

  log(line: string): void {
    this.trace.push(`${this.simulation.nowMs} ms, step ${this.steps}: ${line}`)
  }

  crashThread(thread: number): void {
    this.log(`thread ${thread} crashes`)
    this.#epochs[thread] = this.epochOf(thread) + 1
    this.#crashedAtMs[thread] = this.simulation.nowMs
    this.simulation.crashThread(thread)
    this.#noteDeaths()
  }

  /** Does something after so many steps of the simulation. */
  arm(stepsLeft: number, act: () => void): void {
    this.#armed.push({ stepsLeft, act })
  }

  disarm(): void {
    this.#armed = []
  }

  /** Resolves when the driver wants it. */
  gate(): Promise<void> {
    return new Promise((resolve) => this.gates.push(resolve))
  }

  openGate(): void {
    const [open] = this.gates.splice(this.int(this.gates.length), 1)
    open?.()
  }

  /** @throws Error that names the first broken invariant. */
  check(): void {
    const [first] = this.ledger.violations
    if (first !== undefined) throw new Error(first)
  }

  #onStep(): void {
    this.steps++
    this.#noteDeaths()
    const due = this.#armed.filter((armed) => --armed.stepsLeft <= 0)
    if (due.length === 0) return
    this.#armed = this.#armed.filter((armed) => armed.stepsLeft > 0)
    for (const { act } of due) act()
  }

  #noteDeaths(): void {
    const { nowMs } = this.simulation
    for (const life of this.ledger.lives) {
      if (life.diedAtMs !== undefined || this.isAlive(life.ref)) continue
      life.diedAtMs = nowMs
      this.log(`${life.ref} is dead`)
    }
  }
}
