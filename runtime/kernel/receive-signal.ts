/**
 * receiveSignal: hands a signal from another kernel to the part of this one that it concerns.
 */

import { unreachable } from '../actor/errors.ts'
import type { Kernel } from './kernel.ts'
import { operate } from './operate.ts'
import type { Signal } from './signals.ts'

export function receiveSignal(kernel: Kernel, fromThread: number, signal: Signal): void {
  const { calls, exits, spawner } = kernel
  const { links } = exits
  switch (signal.kind) {
    case 'exit': {
      const cell = kernel.cells.get(signal.to)
      if (cell !== undefined) exits.receive(cell, signal.from, signal.reason, signal.linked)
      return
    }
    case 'kill':
    case 'suspend':
    case 'resume':
      operate(kernel, signal.kind, signal.to)
      return
    case 'link':
      return links.linked(signal.from, signal.to)
    case 'unlink':
      return links.unlinked(signal.from, signal.to, signal.id)
    case 'unlinkDone':
      return links.unlinkDone(signal.from, signal.to, signal.id)
    case 'monitor':
      return links.monitored(signal.from, signal.to, signal.id)
    case 'demonitor':
      return links.demonitored(signal.from, signal.to, signal.id)
    case 'down':
      return links.down(signal.id, signal.reason)
    case 'refused':
      return kernel.refusals.told(signal.from, signal.to, signal.count)
    case 'reply':
      return calls.received(signal.id, { ok: true, value: signal.value }, signal.settled)
    case 'replyError':
      return calls.receivedError(signal.id, signal.error, signal.settled)
    case 'callFailed':
      return calls.receivedFailure(signal.id, signal.code, signal.detail)
    case 'callDone':
      return calls.receivedDone(signal.thread, signal.id)
    case 'spawn':
      return spawner.receive(signal)
    case 'spawned':
      return spawner.spawned(signal.request, signal.ref)
    case 'spawnFailed':
      return spawner.failed(signal.request, signal.reason)
    case 'spawnAbort':
      return spawner.aborted(signal.thread, signal.request, signal.reason)
    case 'claim':
    case 'claimed':
    case 'release':
    case 'named':
    case 'unnamed':
    case 'probe':
    case 'probed':
      return kernel.names.receive(fromThread, signal)
    case 'group':
      return kernel.groups.announced(signal.group, signal.ref, signal.count)
    default:
      return unreachable(signal)
  }
}
