/**
 * answer: what the inspector asks of a thread, answered from its kernel. Runs on the kernel's own thread,
 * between turns.
 *
 * Guarantees: no request holds the thread for much longer than a millisecond, whatever its numbers say, and
 * none changes anything but `operate`. The answer is plain data: structured clone takes it.
 */

import { RuntimeError, unreachable } from '../actor/errors.ts'
import { type AnyRef, parseRef } from '../actor/ref.ts'
import type { Cell } from '../kernel/cell.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { operate } from '../kernel/operate.ts'
import { aboutOf } from './about.ts'
import { infoOf } from './actor-info.ts'
import { pageOf, rowsOf } from './actor-page.ts'
import { peekAt } from './peek.ts'
import { type ReachSpec, reachOf } from './reach.ts'
import type {
  DeadLetterList,
  InspectAnswers,
  InspectRequest,
  ReachRequestSpec,
  RefLike,
  RequestOf,
  TraceRequestSpec,
} from './requests.ts'
import { clip } from './safe-read.ts'
import { Sampler } from './sampler.ts'
import { scanPage } from './scan.ts'
import { summarize } from './thread-summary.ts'
import { type CollectSpec, TraceCollector } from './trace-collector.ts'
import { treePage } from './tree-page.ts'

/** @throws RuntimeError `BAD_OPTION` when what should be a ref is none. */
export function answer<Request extends InspectRequest>(
  kernel: Kernel,
  request: Request,
): Promise<InspectAnswers[Request['kind']]>
export async function answer(kernel: Kernel, request: InspectRequest): Promise<unknown> {
  switch (request.kind) {
    case 'summary':
      return summarize(kernel)
    case 'page':
      return pageOf(kernel, request.from, request.rows, request.filter)
    case 'scan':
      return scanPage(kernel, request.spec)
    case 'forgetSampler':
      return Sampler.forget(kernel, request.sampler)
    case 'rows':
      return rowsOf(
        kernel,
        request.refs.map((ref) => refOf(kernel, ref)),
      )
    case 'tree':
      return treePage(kernel, request.from, request.rows, request.fold)
    case 'reach':
      return reachOf(kernel, reachSpecOf(kernel, request.spec))
    case 'about':
      return withCell(kernel, request.ref, (cell) => aboutOf(cell, request.part))
    case 'info':
      return withCell(kernel, request.ref, (cell) => infoOf(kernel, cell))
    case 'whereis':
      return kernel.names.whereis(request.name)?.toString()
    case 'peek':
      return withCell(kernel, request.ref, (cell) => peekAt(kernel, cell, request.messages, request.depth))
    case 'deadLetters':
      return deadLettersOf(kernel, request)
    case 'operate':
      return operate(kernel, request.verb, refOf(kernel, request.ref))
    case 'trace':
      return TraceCollector.of(kernel).begin(specOf(kernel, request.spec))
    case 'traceFetch':
      return TraceCollector.of(kernel).fetch(request.id, request.waitMs)
    case 'traceStop':
      return TraceCollector.of(kernel).end(request.id)
    default:
      return unreachable(request)
  }
}

function withCell<T>(kernel: Kernel, like: RefLike, look: (cell: Cell) => T): T | undefined {
  const ref = refOf(kernel, like)
  const cell = ref.thread === kernel.thread ? kernel.cells.get(ref) : undefined
  return cell === undefined ? undefined : look(cell)
}

function refOf(kernel: Kernel, like: RefLike): AnyRef {
  if (typeof like !== 'string') return kernel.refs.of(like.thread, like.slot, like.incarnation)
  const ref = parseRef(like)
  if (ref !== undefined) return kernel.refs.intern(ref)
  throw new RuntimeError('BAD_OPTION', `Cannot inspect '${clip(like)}': it is no ref`, {
    context: { ref: clip(like) },
  })
}

function deadLettersOf({ deadLetters, thread }: Kernel, { limit }: RequestOf<'deadLetters'>): DeadLetterList {
  const letters = deadLetters.list(limit).map(({ to, messageType, ...letter }) => {
    return { ...letter, thread, to: clip(to.toString()), messageType: clip(messageType) }
  })
  return { total: deadLetters.total, letters }
}

function reachSpecOf(kernel: Kernel, { starts, ...spec }: ReachRequestSpec): ReachSpec {
  if (starts === 'all') return { ...spec, starts }
  const refs = starts.map(({ ref, from }) => ({
    ref: refOf(kernel, ref),
    from: from === undefined ? undefined : refOf(kernel, from),
  }))
  return { ...spec, starts: refs }
}

function specOf(kernel: Kernel, { ref, actor, max, perSecond }: TraceRequestSpec): CollectSpec {
  return { ref: ref === undefined ? undefined : refOf(kernel, ref), actor, max, perSecond }
}
