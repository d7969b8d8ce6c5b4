/** Command: one kind of request as data: what it takes, who may ask, and what it does. */

import type { AdminCallKind, AdminStreamKind, EndOf, EventOf, ValueOf } from './contract.ts'
import type { Fields, Read } from './params.ts'

export interface Caller {
  /** The number of the connection. */
  readonly connection: number
  /** `owner of the socket`, or `user ops`. */
  readonly who: string
  /** As he calls himself. */
  readonly as: string | undefined
  readonly may: 'read' | 'write'
  /** Aborted when nobody waits for the answer any more: whatever takes long must end then. */
  readonly signal: AbortSignal
  /** Adds to what this request has cost the node's threads. */
  readonly spend: (ms: number) => void
  /** For a wait in which nothing is done: gives up its place meanwhile. @throws Refusal `BUSY` */
  readonly aside: <T>(wait: () => Promise<T>) => Promise<T>
  /** For each further round of a stream: false when there is no time for it, and it must be left out. */
  readonly again: () => boolean
}

/** Whether it needs the right to write, and so is in the audit log. */
export type Rights<Of extends Fields> = 'read' | 'write' | ((params: Read<Of>) => 'read' | 'write')

export interface CallCommand<Kind extends AdminCallKind, Of extends Fields = Fields> {
  readonly fields: Of
  readonly rights: Rights<Of>
  /** Answered though the budget of reads is used up, from a small one of its own: cheap, and needed when all else fails. */
  readonly isAlways?: true
  run(params: Read<Of>, caller: Caller): Promise<ValueOf<Kind>> | ValueOf<Kind>
}

export interface StreamCommand<Kind extends AdminStreamKind, Of extends Fields = Fields> {
  readonly fields: Of
  /** Settles when nothing more is emitted, soon after `signal` was aborted. `emit` answers false while the reader lags. */
  run(
    params: Read<Of>,
    caller: Caller,
    emit: (event: EventOf<Kind>) => boolean,
    signal: AbortSignal,
  ): Promise<EndOf<Kind>>
}

// Written with the types of their fields, kept without: the fields are read by the same table.
export type AnyCall = CallCommand<AdminCallKind>
export type AnyStream = StreamCommand<AdminStreamKind>
export type Calls = { readonly [Kind in AdminCallKind]: AnyCall }
export type Streams = { readonly [Kind in AdminStreamKind]: AnyStream }

export function call<Kind extends AdminCallKind, Of extends Fields>(
  _kind: Kind,
  command: CallCommand<Kind, Of>,
): AnyCall {
  return command as unknown as AnyCall
}

export function stream<Kind extends AdminStreamKind, Of extends Fields>(
  _kind: Kind,
  command: StreamCommand<Kind, Of>,
): AnyStream {
  return command as unknown as AnyStream
}
