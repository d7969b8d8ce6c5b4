/**
 * Router: one actor per key, started when a message for the key comes.
 *
 * Guarantees
 * - At most one owner per key at a time: messages for an owner that is ending wait until it has ended, and then
 *   go to its successor.
 * - The crash of an owner takes neither the router nor another owner; the end of the router ends all owners.
 * - Messages of one sender for one key arrive in the order sent, except around a crash.
 * - An owner that crashed is started again without being asked for, if its kind `revives`: at once, or after
 *   `REVIVE_MS` when it had not lived as long. It is told, so that it repeats what its predecessor may not have said.
 *
 * Bounds: `OWNERS_MAX` owners, `WAITING_MAX` messages that wait for an owner to end. Beyond, and where a mailbox is
 * full, `refuse` answers the request.
 *
 * Does not answer for an owner that crashed: whoever asked hears from his own time-out.
 */

import {
  type ActorDefinition,
  type AnyRef,
  type Context,
  defineActor,
  type Exit,
  isNormalExit,
  type Ref,
} from '../runtime/index.ts'
import type { Idle, Retire, Revive, RouterMsg } from './messages.ts'

const OWNERS_MAX = 200_000
/** Every session of a node may have sent at once: their own bounds come first. */
const MAILBOX_LIMIT = 200_000
const WAITING_MAX = 10_000
const REVIVE_MS = 1_000

/** What an owner's `init` gets. */
export interface OwnerArg {
  readonly key: string
  readonly router: Ref<Idle>
  /** It takes the place of one that crashed. */
  readonly revived: boolean
}

interface Keyed {
  readonly key: string
}

export interface RouterSpec<Request extends Keyed> {
  /** The actor type, and with `.<thread>` the name it is registered under. */
  readonly name: string
  /** Starts the owner of a key, linked. */
  start(ctx: Context<RouterMsg<Request>>, arg: OwnerArg): Ref<Request | Retire>
  /** False for a request that means nothing to a key without owner. */
  startsFor(request: Request): boolean
  /** An owner has something to say after a crash, even if nobody asks. */
  readonly revives: boolean
  /** Answers a request that cannot be passed on. */
  refuse(request: Request, fact: string, ctx: Context<RouterMsg<Request>>): void
}

interface Owner<Request> {
  readonly key: string
  readonly ref: Ref<Request | Retire>
  readonly startedAtMs: number
  /** What came since it began to end. */
  waiting: Request[] | undefined
}

interface Routes<Request> {
  readonly byKey: Map<string, Owner<Request>>
  readonly byRef: Map<AnyRef, Owner<Request>>
  /** Keys whose owner has crashed and has no successor yet. */
  readonly crashed: Set<string>
  waiting: number
}

/** Defines the router of a kind of owners. */
export function router<Request extends Keyed & { readonly type: string }>(
  spec: RouterSpec<Request>,
): ActorDefinition<Routes<Request>, RouterMsg<Request>, void> {
  type Ctx = Context<RouterMsg<Request>>
  type State = Routes<Request>

  function route(state: State, request: Request, ctx: Ctx): void {
    const owner = state.byKey.get(request.key)
    if (owner === undefined) startFor(state, request, ctx)
    else if (owner.waiting !== undefined) wait(state, owner, request, ctx)
    else pass(state, owner, request, ctx)
  }

  function startFor(state: State, request: Request, ctx: Ctx): void {
    if (!spec.startsFor(request)) return
    if (state.byKey.size >= OWNERS_MAX) return spec.refuse(request, `${OWNERS_MAX} are active already`, ctx)
    pass(state, startOwner(state, request.key, ctx), request, ctx)
  }

  function startOwner(state: State, key: string, ctx: Ctx): Owner<Request> {
    const ref = spec.start(ctx, { key, router: ctx.self, revived: state.crashed.delete(key) })
    const owner: Owner<Request> = { key, ref, startedAtMs: ctx.monotonic(), waiting: undefined }
    state.byKey.set(key, owner)
    state.byRef.set(ref, owner)
    return owner
  }

  function revive(state: State, { key }: Revive, ctx: Ctx): void {
    if (!state.crashed.has(key)) return
    if (state.byKey.size < OWNERS_MAX) startOwner(state, key, ctx)
    else ctx.sendAfter(REVIVE_MS, ctx.self, { type: 'revive', key })
  }

  function pass(state: State, owner: Owner<Request>, request: Request, ctx: Ctx): void {
    const refusal = ctx.send(owner.ref, request)
    if (refusal === undefined) return
    if (refusal.code !== 'ACTOR_GONE') return spec.refuse(request, 'too much waits already', ctx)
    // It has crashed and the news is under way.
    owner.waiting = []
    wait(state, owner, request, ctx)
  }

  function wait(state: State, owner: Owner<Request>, request: Request, ctx: Ctx): void {
    if (state.waiting >= WAITING_MAX) return spec.refuse(request, 'too much waits already', ctx)
    state.waiting++
    owner.waiting?.push(request)
  }

  function retire(state: State, { key, self }: Idle, ctx: Ctx): void {
    const owner = state.byKey.get(key)
    if (owner?.ref !== self || owner.waiting !== undefined) return
    // Refused by a full mailbox: it is not idle any more, and will ask again.
    if (ctx.send(owner.ref, { type: 'retire' }) === undefined) owner.waiting = []
  }

  function ended(state: State, { ref, reason }: Exit, ctx: Ctx): void {
    const owner = state.byRef.get(ref)
    if (owner === undefined) return
    state.byRef.delete(ref)
    state.byKey.delete(owner.key)
    state.waiting -= owner.waiting?.length ?? 0
    const crashed = spec.revives && !isNormalExit(reason)
    if (crashed) state.crashed.add(owner.key)
    for (const request of owner.waiting ?? []) route(state, request, ctx)
    if (crashed) reviveInTime(state, owner, ctx)
  }

  /** One that crashes as soon as it is started must not keep the thread busy. */
  function reviveInTime(state: State, { key, startedAtMs }: Owner<Request>, ctx: Ctx): void {
    const msg: Revive = { type: 'revive', key }
    if (ctx.monotonic() - startedAtMs >= REVIVE_MS) revive(state, msg, ctx)
    else ctx.sendAfter(REVIVE_MS, ctx.self, msg)
  }

  return defineActor<State, RouterMsg<Request>, void>({
    name: spec.name,
    mailbox: { limit: MAILBOX_LIMIT },
    trapExit: true,
    async init(_arg, ctx) {
      await ctx.register(`${spec.name}.${ctx.thread}`)
      return { byKey: new Map(), byRef: new Map(), crashed: new Set(), waiting: 0 }
    },
    about({ byKey, crashed, waiting }, key) {
      if (key === undefined) return { owners: byKey.size, crashed: crashed.size, waiting }
      const owner = byKey.get(key)
      if (owner === undefined) return { crashed: crashed.has(key) }
      return { owner: owner.ref.toString(), waiting: owner.waiting?.length ?? 0, crashed: false }
    },
    handle(state, msg, ctx) {
      if (isExit(msg)) ended(state, msg, ctx)
      else if (isIdle(msg)) retire(state, msg, ctx)
      else if (isRevive(msg)) revive(state, msg, ctx)
      else route(state, msg, ctx)
    },
  })
}

function isExit<Request extends { readonly type: string }>(
  msg: RouterMsg<Request>,
): msg is Extract<RouterMsg<never>, { type: 'exit' }> {
  return msg.type === 'exit'
}

function isIdle<Request extends { readonly type: string }>(
  msg: RouterMsg<Request>,
): msg is Extract<RouterMsg<never>, { type: 'idle' }> {
  return msg.type === 'idle'
}

function isRevive<Request extends { readonly type: string }>(
  msg: RouterMsg<Request>,
): msg is Extract<RouterMsg<never>, { type: 'revive' }> {
  return msg.type === 'revive'
}
