/**
 * The entry of a scheduler thread: loads the actor types, runs a kernel, answers questions about it.
 *
 * It guards nothing: whatever throws outside a handler ends the thread, and the main thread brings up
 * another.
 */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Work } from '../actor/context.ts'
import type { AnyDefinition } from '../actor/definition.ts'
import { toErrorData } from '../actor/exit-reason.ts'
import { answer, type InspectRequest } from '../inspect/index.ts'
import { loadDefinitions } from './definitions.ts'
import { hostKernel, type KernelHost } from './kernel-host.ts'
import { Letters } from './letters.ts'
import { settleThisThread } from './settler.ts'
import { SharedMemory } from './shared-memory.ts'
import type { BeginOrder, EndOrder, StartNews, ThreadSetup, WorkerSetup } from './thread-setup.ts'

const port = parentPort as MessagePort

async function load(): Promise<void> {
  const definitions = await loadDefinitions((workerData as WorkerSetup).modules)
  port.on(
    'message',
    (order: BeginOrder | EndOrder | { readonly kind: 'question' | 'answer' | 'failure' }) => {
      if (order.kind === 'begin') begin(order.setup, definitions)
      // No native code is on the stack here.
      else if (order.kind === 'end') process.exit()
    },
  )
  tell({ kind: 'loaded' })
}

function begin(setup: ThreadSetup, definitions: ReadonlyMap<string, AnyDefinition>): void {
  const host: KernelHost = hostKernel({
    thread: setup.thread,
    memory: new SharedMemory(setup.buffers),
    generations: setup.generations,
    gone: setup.gone,
    definitions,
    work: (work: Work<unknown, unknown>, input: unknown) => letters.ask({ work, input }),
    onEvent: (event, transport) => {
      if (!transport.report(event)) transport.control.countLostEvent()
    },
  })
  const letters = new Letters(port, (request) => answer(host.kernel, request as InspectRequest))
  settleThisThread()
  tell({ kind: 'ready' })
}

function tell(news: StartNews): void {
  port.postMessage(news)
}

load().catch((error: unknown) => {
  tell({ kind: 'failed', error: toErrorData(error) })
  port.close()
})
