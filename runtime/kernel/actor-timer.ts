/**
 * ActorTimer: one `sendAfter`. It ends with its owner, so no timer keeps a dead actor's messages.
 */

import type { Timer } from '../actor/context.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { Cell } from './cell.ts'
import { TimerNode } from './timer-wheel.ts'

export class ActorTimer extends TimerNode implements Timer {
  readonly #owner: Cell
  readonly #to: AnyRef
  readonly #message: unknown
  nextOfOwner: ActorTimer | null = null
  #previousOfOwner: ActorTimer | null = null

  constructor(owner: Cell, to: AnyRef, message: unknown) {
    super()
    this.#owner = owner
    this.#to = to
    this.#message = message
    const related = owner.related
    this.nextOfOwner = related.timers
    if (related.timers !== null) related.timers.#previousOfOwner = this
    related.timers = this
  }

  fire(): void {
    this.#leaveOwner()
    const { kernel, ref } = this.#owner
    // What an actor has sent to itself comes back whatever waits in its mailbox: a lost tick would end a
    // periodic actor in silence.
    if (this.#to === ref) kernel.comeBack(this.#owner, () => this.#message)
    else kernel.send(this.#owner, this.#to, this.#message)
  }

  cancel(): boolean {
    if (!this.#owner.kernel.timers.cancel(this)) return false
    this.#leaveOwner()
    return true
  }

  #leaveOwner(): void {
    const next = this.nextOfOwner
    const previous = this.#previousOfOwner
    if (previous !== null) previous.nextOfOwner = next
    else this.#owner.related.timers = next
    if (next !== null) next.#previousOfOwner = previous
    this.nextOfOwner = null
    this.#previousOfOwner = null
  }
}
