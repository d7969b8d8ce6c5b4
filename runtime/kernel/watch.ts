/**
 * Watch and RemoteWatcher: one monitor, seen from the actor that asked for it and from the one that is
 * watched.
 */

import type { Monitor } from '../actor/context.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { Cell } from './cell.ts'

/**
 * A monitor held by an actor of this kernel. Fires once: when it has, or was taken back, `cancelled` is true.
 */
export class Watch implements Monitor {
  readonly ref: AnyRef
  readonly watcher: Cell
  /** Names the monitor towards another thread; 0 when both actors are here. */
  readonly id: number
  /** Taken back: a `down` that is already in the mailbox is skipped. */
  cancelled = false

  constructor(ref: AnyRef, watcher: Cell, id: number) {
    this.ref = ref
    this.watcher = watcher
    this.id = id
  }
}

/** A monitor that an actor of another thread holds on one of this kernel. */
export class RemoteWatcher {
  readonly watcher: AnyRef
  readonly id: number

  constructor(watcher: AnyRef, id: number) {
    this.watcher = watcher
    this.id = id
  }
}
