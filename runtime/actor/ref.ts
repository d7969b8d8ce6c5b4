/**
 * Ref: the address of one incarnation of an actor, usable from any thread.
 *
 * Guarantees
 * - A restarted actor has a new ref; an old ref never reaches a new actor, not even after its thread was
 *   replaced.
 * - Within one thread two refs of the same live incarnation are the same object (`RefTable`), so they work as
 *   Map and Set keys.
 *
 * Does not hold the actor: a ref keeps nothing alive, and the actor behind it may be long gone.
 */

declare const accepts: unique symbol

/** The address of an actor that understands messages of type `Msg`. Plain data: send through a context. */
export class Ref<in Msg> {
  // `declare`: a plain field would exist as `undefined` before the constructor fills it, and V8 would no
  // longer keep it as a small integer.
  /** The thread whose kernel runs the actor; 0 is the main thread. */
  declare readonly thread: number
  /** The place in that kernel's table. Reused by later actors. */
  declare readonly slot: number
  /** Distinguishes the actors that follow one another in a slot. */
  declare readonly incarnation: number
  /** Exists in types only: it makes `Ref<A | B>` usable as `Ref<A>` and never the other way round. */
  declare readonly [accepts]: (message: Msg) => void

  constructor(thread: number, slot: number, incarnation: number) {
    this.thread = thread
    this.slot = slot
    this.incarnation = incarnation
  }

  /** `<thread.slot.incarnation>`, as operators see it and type it. */
  toString(): string {
    return `<${this.thread}.${this.slot}.${this.incarnation}>`
  }
}

/** A ref of which only the identity matters: nothing can be sent through it. */
export type AnyRef = Ref<never>

/** Reads what `toString` printed; undefined when it is no ref. */
export function parseRef(text: string): AnyRef | undefined {
  const match = /^<?(\d{1,5})\.(\d{1,10})\.(\d{1,10})>?$/.exec(text)
  if (match === null) return undefined
  return new Ref(Number(match[1]), Number(match[2]), Number(match[3]))
}

/** True when both name the same incarnation, whichever thread made the objects. */
export function sameRef(a: AnyRef, b: AnyRef): boolean {
  return a === b || (a.slot === b.slot && a.incarnation === b.incarnation && a.thread === b.thread)
}
