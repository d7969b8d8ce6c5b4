/** Inspection: what operators ask a running node, and what its threads answer. */

export type { ActorInfo } from './actor-info.ts'
export type { ActorRow, Relatives, RunState } from './actor-row.ts'
export { answer } from './answer.ts'
export type { SilentThread } from './ask.ts'
export type { EventQuery } from './event-log.ts'
export {
  type AskOptions,
  type DeadLetters,
  Inspector,
  type PeekOptions,
  type SnapshotOptions,
  type Target,
  type TraceOptions,
} from './inspector.ts'
export type { LiveTrace, TraceEnd } from './live-trace.ts'
export type { MailboxCount } from './named-mailboxes.ts'
export type { Peek, PeekedMessage } from './peek.ts'
export type { InspectorPort, ThreadActivity } from './port.ts'
export { type RenderLimits, render } from './render.ts'
export type { DeadLetterRow, InspectAnswers, InspectRequest, TraceRow } from './requests.ts'
export type { Snapshot, ThreadView } from './snapshot.ts'
export type { ChildRow, SupervisorRow } from './supervisor-row.ts'
export type { ThreadSummary, TypeCount } from './thread-summary.ts'
export { type TreeNode, type TreeRow, toTree } from './tree.ts'
