/**
 * operate: what an operator may do to an actor: kill it, keep it from taking messages, let it go on.
 */

import { unreachable } from '../actor/errors.ts'
import type { AnyRef } from '../actor/ref.ts'
import { SUSPENDED } from './cell.ts'
import type { Kernel } from './kernel.ts'

/** False when the actor is not alive on this kernel. Takes effect before the actor's next message. */
export function operate(kernel: Kernel, verb: 'kill' | 'suspend' | 'resume', ref: AnyRef): boolean {
  const cell = kernel.cells.get(ref)
  if (cell === undefined) return false
  switch (verb) {
    case 'kill':
      kernel.exits.kill(cell)
      return true
    case 'suspend':
      cell.status |= SUSPENDED
      return true
    case 'resume':
      cell.status &= ~SUSPENDED
      kernel.scheduler.wakeUp(cell)
      return true
    default:
      return unreachable(verb)
  }
}
