/** Inspection: what operators ask a running node, and what its threads answer. */

export type { ActorFilter } from './actor-filter.ts'
export type { ActorInfo } from './actor-info.ts'
export type { ActorRow, Relatives, RunState } from './actor-row.ts'
export { answer } from './answer.ts'
export type { SilentThread } from './ask.ts'
export type { EventQuery } from './event-log.ts'
export { Inspector } from './inspector.ts'
export type {
  AskOptions,
  DeadLetters,
  FoldedTreeOptions,
  ListOptions,
  PeekOptions,
  RankingOptions,
  ReachOptions,
  SnapshotOptions,
  SurveyChoice,
  Target,
  TraceOptions,
} from './inspector-options.ts'
export type { LiveTrace, TraceEnd } from './live-trace.ts'
export type { MailboxCount } from './named-mailboxes.ts'
export type { Peek, PeekedMessage } from './peek.ts'
export type { InspectorPort, ThreadActivity } from './port.ts'
export type { WholeReach } from './reach-over.ts'
export { type RenderLimits, render } from './render.ts'
export type { DeadLetterRow, InspectAnswers, InspectRequest, TraceRow } from './requests.ts'
export { SAMPLERS_MAX } from './sampler.ts'
export type { ActorOrder } from './scan.ts'
export type { Snapshot, ThreadView } from './snapshot.ts'
export type { ChildRow, SupervisorRow } from './supervisor-row.ts'
export type { ActorList, FoldedTree, ListPlace, RankedActor, Ranking, Surveyed } from './survey.ts'
export type { ThreadSummary, TypeCount } from './thread-summary.ts'
export { type TreeNode, type TreeRow, toTree } from './tree.ts'
export type { Fold } from './tree-page.ts'
