/**
 * TimerWheel: all timers of one kernel, in a hierarchical wheel of 1 ms ticks.
 *
 * Guarantees: a timer never fires early; timers of the same tick fire in the order in which they were
 * started. Cost: start and cancel are O(1) and allocate nothing (the node is the timer); the host needs one
 * libuv timer for the whole wheel. Source: Varghese and Lauck, "Hashed and hierarchical timing wheels"
 * (1987); the level is the highest 6-bit digit in which deadline and present differ.
 */

const DIGIT_BITS = 6
const SLOTS = 1 << DIGIT_BITS
const SLOT_MASK = SLOTS - 1
const LEVELS = 5
/**
 * The levels hold 30 bits of ticks, which V8 keeps unboxed; before they run out, the wheel is moved to a new
 * origin: so early that the longest delay still fits when the host is late by as much again.
 */
const REBASE_AT = 2 ** 28
/** The longest delay: 6.2 days. */
export const TIMER_DELAY_MAX = 2 ** 29

/** One timer: a node that links itself into the wheel. Extend it with what it is for. */
export abstract class TimerNode {
  deadline = 0
  /** Null while the timer is not running. */
  next: TimerNode | null = null
  previous: TimerNode | null = null

  /** Called once, when the time has come. */
  abstract fire(): void

  get running(): boolean {
    return this.next !== null
  }
}

/** The head of a slot's circular list. */
class SlotHead extends TimerNode {
  constructor() {
    super()
    this.next = this
    this.previous = this
  }
  fire(): void {}
}

export class TimerWheel {
  readonly #levels: SlotHead[][]
  readonly #counts = new Array<number>(LEVELS).fill(0)
  /** The clock's reading at tick 0. */
  #origin: number
  #tick = 0
  #size = 0

  constructor(nowMs: number) {
    this.#origin = nowMs
    this.#levels = Array.from({ length: LEVELS }, () => Array.from({ length: SLOTS }, () => new SlotHead()))
  }

  /** Timers running. */
  get size(): number {
    return this.#size
  }

  /** Starts a timer that fires once `delayMs` have passed since `nowMs`. The node must not be running. */
  start(node: TimerNode, nowMs: number, delayMs: number): void {
    if (this.#size === 0 && nowMs - this.#origin >= REBASE_AT) this.advance(nowMs) // nothing has run here for days
    // Rounded up: the clock may stand between two ticks, and a timer must not fire early.
    const deadline = Math.ceil(nowMs - this.#origin + delayMs)
    node.deadline = deadline > this.#tick ? deadline : this.#tick + 1
    this.#insert(node)
    this.#size++
  }

  /** Stops a timer. False when it was not running. */
  cancel(node: TimerNode): boolean {
    if (node.next === null) return false
    this.#remove(node)
    this.#size--
    return true
  }

  /** Fires everything that is due. A timer started meanwhile waits at least for the next tick. */
  advance(nowMs: number): void {
    for (;;) {
      const now = Math.floor(nowMs - this.#origin) // again each time: a timer that fires may move the origin
      if (this.#tick >= now) break
      const due = this.#nextTick()
      if (due > now) {
        this.#tick = now
        break
      }
      this.#tick = due
      this.#cascade()
      this.#fireSlot()
    }
    if (this.#tick >= REBASE_AT) this.#rebase()
  }

  /**
   * When the wheel next needs to be advanced, on the clock's scale; `Infinity` while no timer runs. May be
   * early, never late.
   */
  nextDeadline(): number {
    const tick = this.#nextTick()
    return tick === Infinity ? Infinity : this.#origin + tick
  }

  #nextTick(): number {
    if (this.#size === 0) return Infinity
    for (let level = 0; level < LEVELS; level++) {
      if (this.#counts[level] === 0) continue
      const shift = level * DIGIT_BITS
      const slots = this.#levels[level] as SlotHead[]
      // A slot at or before the present digit would have been emptied when the present reached it.
      for (let digit = ((this.#tick >>> shift) & SLOT_MASK) + 1; digit < SLOTS; digit++) {
        const head = slots[digit] as SlotHead
        if (head.next !== head) {
          const above = shift + DIGIT_BITS
          return ((this.#tick >>> above) << above) + (digit << shift)
        }
      }
    }
    return Infinity
  }

  #insert(node: TimerNode): void {
    const differing = node.deadline ^ this.#tick
    const level = ((31 - Math.clz32(differing | 1)) / DIGIT_BITS) | 0
    const digit = (node.deadline >>> (level * DIGIT_BITS)) & SLOT_MASK
    const head = (this.#levels[level] as SlotHead[])[digit] as SlotHead
    const last = head.previous as TimerNode
    node.next = head
    node.previous = last
    last.next = node
    head.previous = node
    this.#counts[level] = (this.#counts[level] as number) + 1
  }

  #remove(node: TimerNode): void {
    // The slot's level is found as at insertion: digits above it still equal the present's, or the node would
    // have cascaded.
    const level = ((31 - Math.clz32((node.deadline ^ this.#tick) | 1)) / DIGIT_BITS) | 0
    this.#counts[level] = (this.#counts[level] as number) - 1
    unlink(node)
  }

  /** Moves the timers of every slot that begins at this tick down to finer levels. */
  #cascade(): void {
    for (let level = LEVELS - 1; level > 0; level--) {
      const shift = level * DIGIT_BITS
      if ((this.#tick & ((1 << shift) - 1)) !== 0) continue
      const head = (this.#levels[level] as SlotHead[])[(this.#tick >>> shift) & SLOT_MASK] as SlotHead
      while (head.next !== head) {
        const node = head.next as TimerNode
        unlink(node)
        this.#counts[level] = (this.#counts[level] as number) - 1
        this.#insert(node)
      }
    }
  }

  #fireSlot(): void {
    const head = (this.#levels[0] as SlotHead[])[this.#tick & SLOT_MASK] as SlotHead
    while (head.next !== head) {
      const node = head.next as TimerNode
      unlink(node)
      this.#counts[0] = (this.#counts[0] as number) - 1
      this.#size--
      node.fire()
    }
  }

  #rebase(): void {
    const nodes: TimerNode[] = []
    for (const slots of this.#levels) {
      for (const head of slots) {
        while (head.next !== head) {
          const node = head.next as TimerNode
          unlink(node)
          nodes.push(node)
        }
      }
    }
    this.#counts.fill(0)
    for (const node of nodes) node.deadline -= this.#tick
    this.#origin += this.#tick
    this.#tick = 0
    for (const node of nodes) this.#insert(node)
  }
}

function unlink(node: TimerNode): void {
  const { next, previous } = node as { next: TimerNode; previous: TimerNode }
  previous.next = next
  next.previous = previous
  node.next = null
  node.previous = null
}
