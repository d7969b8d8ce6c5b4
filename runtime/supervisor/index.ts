/** Supervisors: who starts, restarts and stops whom. */

export {
  type Backoff,
  type ChildOptions,
  type ChildSpec,
  type ChildTemplate,
  child,
  childTemplate,
  type Restart,
  type TemplateOptions,
} from './child-spec.ts'
export type { AutoShutdown } from './decisions.ts'
export { describeSupervisor, type SupervisorInfo } from './describe-supervisor.ts'
export type { ChildCounts, ChildInfo, DynamicSupervisorMsg, SupervisorMsg } from './messages.ts'
export type { Intensity } from './restart-budget.ts'
export { type SupervisorState, supervisor } from './supervisor.ts'
export type { DynamicSpec, StaticSpec, Strategy } from './supervisor-spec.ts'
