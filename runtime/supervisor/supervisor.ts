/**
 * supervisor: an actor that starts, watches, restarts and stops its children, with the rules of OTP 25's
 * `supervisor`.
 *
 * Guarantees
 * - Its start is done when all its children are; if one does not start, those before it are stopped, and it
 *   fails with `{ shutdown: CHILD_START_FAILED }`.
 * - When it ends by an order, or gives up, its children are stopped first: in reverse order, those of a
 *   template all at once, each with its time to stop and then a kill. A child that is still being started
 *   then is given up.
 * - The death of a thread counts once against its intensity, however many children it took (`ThreadDeaths`).
 *
 * Beyond OTP: waiting before restarts (`backoff`), children on other threads (`placement`, `spread`),
 * children by key; and children of a template start side by side, so that a slow `init` holds up nobody else.
 */

import type { Context } from '../actor/context.ts'
import { ActorDefinition, type Stop } from '../actor/definition.ts'
import { problemOfSpec } from './check-spec.ts'
import { badSpec } from './child-errors.ts'
import { ChildHost, type Notice } from './child-host.ts'
import { DynamicSupervisor } from './dynamic-supervisor.ts'
import type { AnyRequest, DynamicSupervisorMsg, SupervisorMsg } from './messages.ts'
import { StaticSupervisor } from './static-supervisor.ts'
import {
  type AnySpec,
  completeDynamic,
  completeStatic,
  type DynamicSpec,
  isDynamic,
  type StaticSpec,
} from './supervisor-spec.ts'

/** The state of a supervisor; `describeSupervisor` reads it. */
export type SupervisorState = StaticSupervisor | DynamicSupervisor

/**
 * Defines a supervisor of these children, itself ready to be a child.
 *
 * @throws RuntimeError `BAD_SPEC` naming the child and the field.
 */
export function supervisor(
  name: string,
  spec: StaticSpec,
): ActorDefinition<SupervisorState, SupervisorMsg, void>
/**
 * Defines a supervisor whose children come from one template and are started by request. @throws RuntimeError
 * `BAD_SPEC`.
 */
export function supervisor<Msg, Arg>(
  name: string,
  spec: DynamicSpec<Msg, Arg>,
): ActorDefinition<SupervisorState, DynamicSupervisorMsg<Arg, Msg>, void>
export function supervisor(name: string, spec: AnySpec): ActorDefinition<SupervisorState, never, void> {
  const problem = problemOfSpec(name, spec)
  if (problem !== undefined) throw badSpec(String(name), problem)
  return new ActorDefinition<SupervisorState, never, void>(
    { name, trapExit: true, init: (_, ctx) => begin(name, spec, ctx), handle },
    'supervisor',
  )
}

function begin(name: string, spec: AnySpec, ctx: Context<never>): SupervisorState {
  const host = new ChildHost(ctx, name)
  const state = isDynamic(spec)
    ? new DynamicSupervisor(completeDynamic(spec), host)
    : new StaticSupervisor(name, completeStatic(spec), host)
  // The work begins with a message: the kernel must know the state before the first start is answered.
  host.tellSelf({ type: 'begin' })
  return state
}

function handle(state: SupervisorState, msg: unknown): Stop | undefined {
  return isMeant(msg) ? state.handle(msg) : undefined
}

const NOTICES: ReadonlySet<unknown> = new Set<Notice['type']>([
  'exit',
  'down',
  'begin',
  'started',
  'stopTimeout',
  'tryAgain',
  'threadSettled',
  'stopOrder',
])

const REQUESTS: ReadonlySet<unknown> = new Set<AnyRequest['type']>([
  'startChild',
  'terminateChild',
  'restartChild',
  'deleteChild',
  'whichChildren',
  'countChildren',
  'childOf',
])

/**
 * A supervisor can be sent to by name, so anything may arrive. What is not meant for one is ignored, as OTP
 * does.
 */
function isMeant(msg: unknown): msg is Notice | AnyRequest {
  if (typeof msg !== 'object' || msg === null) return false
  const { type, replyTo } = msg as { type?: unknown; replyTo?: unknown }
  return typeof replyTo === 'object' && replyTo !== null ? REQUESTS.has(type) : NOTICES.has(type)
}
