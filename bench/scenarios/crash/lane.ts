/**
 * Lane: what one sender has to say in one conversation, in order, as the SDK sends it: one message at a time is on its way, and it goes
 * out again under its id when there was no answer for long, when the node said to come back later, or when the session was replaced.
 */

/** As the SDK's. */
export const RESEND_MS = 5_000

export class Lane {
  readonly #waiting: number[] = []
  #sentAt: number | undefined
  #notBefore = 0

  /** The message that is next, or on its way. */
  get head(): number | undefined {
    return this.#waiting[0]
  }

  add(number: number): void {
    this.#waiting.push(number)
  }

  /** What to send now, which then counts as sent. */
  take(now: number): number | undefined {
    const { head } = this
    if (head === undefined || now < this.#notBefore) return undefined
    if (this.#sentAt !== undefined && now < this.#sentAt + RESEND_MS) return undefined
    this.#sentAt = now
    return head
  }

  /** False when it is not what is on its way, such as the second answer to the same message. */
  acknowledged(number: number): boolean {
    if (this.head !== number) return false
    this.#waiting.shift()
    this.#sentAt = undefined
    this.#notBefore = 0
    return true
  }

  refused(number: number, now: number, waitMs: number): void {
    if (this.head !== number) return
    this.#sentAt = undefined
    this.#notBefore = now + waitMs
  }

  /** The session was replaced, or the socket is another: what was on its way may not have arrived. */
  restarted(): void {
    this.#sentAt = undefined
  }
}
