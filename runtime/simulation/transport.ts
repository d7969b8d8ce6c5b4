/**
 * simulatedTransport: the way from one simulated kernel to the others.
 */

import type { AnyRef } from '../actor/ref.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Transport } from '../kernel/ports.ts'
import { pairOf, type Signal } from '../kernel/signals.ts'
import { cross } from './cross.ts'

export interface TransportEnds {
  readonly thread: number
  readonly kernel: (thread: number) => Kernel
  readonly threads: () => readonly number[]
  readonly post: (to: number, pair: { from: AnyRef; to: AnyRef } | undefined, deliver: () => void) => void
}

export function simulatedTransport({ thread, kernel, threads, post }: TransportEnds): Transport {
  const peers = (): readonly number[] => threads().filter((other) => other !== thread)
  return {
    peers,
    placement: () => (threads().length > 1 ? threads().slice(1) : [0]),
    message(from, to, message, call) {
      if (!threads().includes(to.thread)) return 'ACTOR_GONE'
      let copy: unknown
      try {
        copy = cross(message)
      } catch {
        return 'MESSAGE_NOT_PORTABLE'
      }
      post(to.thread, from === null ? undefined : { from, to }, () => {
        kernel(to.thread).receive(from, thread, to, copy, call)
      })
      return undefined
    },
    signal(to, signal) {
      if (!threads().includes(to)) return
      const copy = cross(signal) as Signal
      post(to, pairOf(signal), () => kernel(to).receiveSignal(thread, copy))
    },
  }
}
