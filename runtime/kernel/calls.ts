/**
 * Calls: requests with a reply, within the kernel and across threads.
 *
 * Guarantees: every call ends exactly once: with the reply, a time-out, the callee's end, a refusal, or a
 * named cycle. Within one kernel a call touches no table: the pending call is its own reply address.
 */

import type { Outcome, Refusal } from '../actor/context.ts'
import { RuntimeError } from '../actor/errors.ts'
import { type ErrorData, fromErrorData, toErrorData } from '../actor/exit-reason.ts'
import type { ReplyTo } from '../actor/messages.ts'
import { type AnyRef, sameRef } from '../actor/ref.ts'
import type { Cell } from './cell.ts'
import type { ChainLink } from './envelope.ts'
import type { Kernel } from './kernel.ts'
import { LocalRequest, PendingCall, RemoteCaller, RemoteReplyTo, RemoteRequest } from './pending-call.ts'
import type { CallHeader } from './signals.ts'

const CHAIN_LENGTH_MAX = 64
const THREADS_MAX = 4_096
const ID_MAX = 0x3fff_ffff

type FailCode = 'MAILBOX_FULL' | 'ACTOR_GONE'

export class Calls {
  readonly #kernel: Kernel
  /** Calls whose reply address has left this thread. */
  readonly #exposed = new Map<number, PendingCall>()
  /** Open calls of other kernels to actors here, by `remoteKey`. */
  readonly #remote = new Map<number, RemoteCaller>()
  /**
   * Begins anywhere: an answer that comes too late for this thread's predecessor must not find a call of its
   * own number here.
   */
  #lastId: number

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#lastId = Math.floor(kernel.ports.random() * ID_MAX)
  }

  /** Open calls that other threads know of: from here, and to actors here. */
  get open(): number {
    return this.#exposed.size + this.#remote.size
  }

  /**
   * Sends a request, to which the reply address is added; the object given stays as it is. `from` is the
   * actor that asks, null for the node itself; `waits` when its handler does.
   */
  start(
    from: Cell | null,
    waits: boolean,
    to: AnyRef,
    request: object,
    timeoutMs: number,
    settle: (outcome: Outcome<never>) => void,
  ): void {
    const kernel = this.#kernel
    const call = new PendingCall(kernel, to, timeoutMs, waits ? from : null, settle)
    if (waits && from !== null) {
      const cycle = cycleOf(call, from, to)
      if (cycle !== undefined) return call.settle({ ok: false, error: cycle })
    }
    if (timeoutMs !== Infinity) kernel.timers.start(call, kernel.monotonic(), timeoutMs)
    const refusal =
      to.thread === kernel.thread
        ? this.#startHere(from, call, request)
        : this.#startElsewhere(from, call, request)
    if (refusal !== undefined) call.settle({ ok: false, error: refusalError(refusal) })
  }

  #startHere(from: Cell | null, call: PendingCall, request: object): Refusal | undefined {
    const kernel = this.#kernel
    const callee = kernel.cells.get(call.to)
    const message = { ...request, replyTo: call }
    if (callee === undefined) return kernel.refuseGone(call.to, message)
    call.joinCallee(callee)
    return kernel.deliverRequest(callee, new LocalRequest(message, call), from?.ref)
  }

  #startElsewhere(from: Cell | null, call: PendingCall, request: object): Refusal | undefined {
    const id = this.expose(call)
    const header: CallHeader = { id, chain: chainToData(call.waiting === null ? null : call) }
    return this.#kernel.sendAway(from, call.to, { ...request, replyTo: call }, header)
  }

  /** A name for a call whose reply address leaves this thread. */
  expose(call: PendingCall): number {
    if (call.id === 0 && call.open) {
      call.id = this.#lastId = (this.#lastId + 1) & ID_MAX || 1
      this.#exposed.set(call.id, call)
    }
    return call.id
  }

  /** Bookkeeping of a call that has just ended. */
  close(call: PendingCall): void {
    this.#kernel.timers.cancel(call)
    call.leaveCallee()
    if (call.id !== 0) this.#exposed.delete(call.id)
  }

  timedOut(call: PendingCall): void {
    this.#tellCallee(call)
    call.settle({ ok: false, error: timeoutError(call) })
  }

  fail(call: PendingCall, code: FailCode, detail: string): void {
    call.settle({ ok: false, error: failError(code, call.to, detail) })
  }

  failRemote(caller: RemoteCaller, code: FailCode, detail: string): void {
    if (!this.#forget(caller)) return
    this.#kernel.ports.transport.signal(caller.thread, { kind: 'callFailed', id: caller.id, code, detail })
  }

  /** Answers a call, here or elsewhere. A second answer, or a late one, vanishes. */
  reply(replyTo: ReplyTo<never>, outcome: Outcome<unknown>): void {
    const own = this.#ownCall(replyTo)
    if (own !== undefined) {
      if (own.to.thread !== this.#kernel.thread) this.#tellCallee(own)
      return own.settle(outcome as Outcome<never>)
    }
    if (!(replyTo instanceof RemoteReplyTo) || replyTo.thread === this.#kernel.thread) return
    const caller = this.#remote.get(remoteKey(replyTo.thread, replyTo.id))
    const settled = caller !== undefined && this.#forget(caller)
    this.#signalReply(replyTo, outcome, settled)
  }

  #ownCall(replyTo: ReplyTo<never>): PendingCall | undefined {
    if (replyTo instanceof PendingCall) return replyTo.kernel === this.#kernel ? replyTo : undefined
    const remote = replyTo as RemoteReplyTo
    return remote.thread === this.#kernel.thread ? this.#exposed.get(remote.id) : undefined
  }

  #signalReply({ thread, id }: RemoteReplyTo, outcome: Outcome<unknown>, settled: boolean): void {
    const { transport } = this.#kernel.ports
    if (!outcome.ok) {
      return transport.signal(thread, { kind: 'replyError', id, error: toErrorData(outcome.error), settled })
    }
    try {
      transport.signal(thread, { kind: 'reply', id, value: outcome.value, settled })
    } catch (error) {
      // The value cannot cross: the caller has to know, and the replier has done its part.
      transport.signal(thread, { kind: 'replyError', id, error: toErrorData(error), settled })
    }
  }

  // --- what other kernels say ---

  /** A request from another kernel, for an actor that may be gone. */
  receive(from: AnyRef | null, to: AnyRef, thread: number, message: unknown, header: CallHeader): void {
    const kernel = this.#kernel
    const caller = new RemoteCaller(kernel, thread, header.id)
    this.#remote.set(remoteKey(thread, header.id), caller)
    const callee = kernel.cells.get(to)
    if (callee === undefined) {
      kernel.refuseGone(to, message)
      return this.failRemote(caller, 'ACTOR_GONE', 'noproc')
    }
    caller.joinCallee(callee)
    const refusal = kernel.deliverRequest(
      callee,
      new RemoteRequest(message, chainFromData(header.chain), caller),
      from,
    )
    if (refusal?.code === 'MAILBOX_FULL') this.failRemote(caller, 'MAILBOX_FULL', refusal.message)
  }

  received(id: number, outcome: Outcome<unknown>, settled: boolean): void {
    const call = this.#exposed.get(id)
    if (call === undefined) return
    if (!settled) this.#tellCallee(call)
    call.settle(outcome as Outcome<never>)
  }

  receivedError(id: number, error: ErrorData, settled: boolean): void {
    this.received(id, { ok: false, error: fromErrorData(error) }, settled)
  }

  receivedFailure(id: number, code: FailCode, detail: string): void {
    const call = this.#exposed.get(id)
    if (call !== undefined) this.fail(call, code, detail)
  }

  /** The caller has its answer from elsewhere, or gave up. */
  receivedDone(thread: number, id: number): void {
    const caller = this.#remote.get(remoteKey(thread, id))
    if (caller !== undefined) this.#forget(caller)
  }

  threadDown(thread: number): void {
    for (const call of [...this.#exposed.values()]) {
      if (call.to.thread === thread) this.fail(call, 'ACTOR_GONE', 'threadDown')
    }
    for (const caller of [...this.#remote.values()]) {
      if (caller.thread === thread) this.#forget(caller)
    }
  }

  #forget(caller: RemoteCaller): boolean {
    caller.leaveCallee()
    return this.#remote.delete(remoteKey(caller.thread, caller.id))
  }

  /** Spares the callee's kernel from keeping a call whose end it would not see. */
  #tellCallee(call: PendingCall): void {
    if (!call.open || call.to.thread === this.#kernel.thread) return
    this.#kernel.ports.transport.signal(call.to.thread, {
      kind: 'callDone',
      id: call.id,
      thread: this.#kernel.thread,
    })
  }
}

const remoteKey = (thread: number, id: number): number => id * THREADS_MAX + thread

/** The error of a call that would wait for itself. */
function cycleOf(call: PendingCall, from: Cell, to: AnyRef): RuntimeError | undefined {
  let end: ChainLink | null = sameRef(from.ref, to) ? call : call.via
  while (end !== null && !sameRef(end.caller, to)) end = end.via
  if (end === null) return undefined
  const names: string[] = []
  for (let link: ChainLink | null = call; link !== null; link = link === end ? null : link.via) {
    names.unshift(`${link.callerName} ${link.caller}`)
  }
  const cycle = [...names, names[0]].join(' -> ')
  return new RuntimeError('CALL_CYCLE', `Cannot call ${to}: it waits for this call itself: ${cycle}`, {
    context: { cycle },
  })
}

function chainToData(first: ChainLink | null): CallHeader['chain'] {
  const chain: { caller: AnyRef; name: string }[] = []
  for (let link = first; link !== null && chain.length < CHAIN_LENGTH_MAX; link = link.via) {
    chain.push({ caller: link.caller, name: link.callerName })
  }
  return chain
}

function chainFromData(chain: CallHeader['chain']): ChainLink | null {
  let via: ChainLink | null = null
  for (const { caller, name } of [...chain].reverse()) via = { caller, callerName: name, via }
  return via
}

function timeoutError(call: PendingCall): RuntimeError {
  const { to, timeoutMs } = call
  return new RuntimeError('CALL_TIMEOUT', `Cannot complete call to ${to}: no reply within ${timeoutMs} ms`, {
    context: { to: to.toString(), timeoutMs },
  })
}

function failError(code: FailCode, to: AnyRef, detail: string): RuntimeError {
  const fact = code === 'ACTOR_GONE' ? `it has ended (${detail})` : detail
  const context = code === 'ACTOR_GONE' ? { to: to.toString(), reason: detail } : { to: to.toString() }
  return new RuntimeError(code, `Cannot complete call to ${to}: ${fact}`, { context })
}

function refusalError(refusal: Refusal): RuntimeError {
  const reason = refusal.code === 'ACTOR_GONE' ? { reason: 'noproc' } : {}
  return new RuntimeError(refusal.code, refusal.message, {
    context: { to: refusal.to.toString(), ...reason },
  })
}
