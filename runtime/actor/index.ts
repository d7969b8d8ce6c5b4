/** What an actor is written with: definitions, refs, messages of the runtime, errors. */

export type { CallOptions, Context, Monitor, Outcome, Refusal, SpawnOptions, Timer, Work } from './context.ts'
export {
  type About,
  ActorDefinition,
  type ActorSpec,
  type AnyDefinition,
  defineActor,
  type Next,
  type OnFull,
  type Refused,
  type Stop,
  stop,
} from './definition.ts'
export { type ErrorContext, RuntimeError, type RuntimeErrorCode, unreachable } from './errors.ts'
export {
  describeExit,
  type ErrorData,
  type ExitReason,
  fromErrorData,
  isErrorData,
  isNormalExit,
  toErrorData,
} from './exit-reason.ts'
export type { Down, Exit, Placement, ReplyOf, ReplyTo, RequestTo } from './messages.ts'
export { type AnyRef, parseRef, Ref, sameRef } from './ref.ts'
export { type ServiceKey, serviceKey } from './service.ts'
