/**
 * RuntimeError: every expected failure of the runtime, with a stable code, the values that explain it, and
 * its cause. Callers branch on `code`; the message is for people and never holds a message body.
 */

export type RuntimeErrorCode =
  | 'ACTOR_GONE'
  | 'ACTOR_LIMIT'
  | 'BAD_DEFINITION'
  | 'BAD_OPTION'
  | 'BAD_SPEC'
  | 'CALL_CYCLE'
  | 'CALL_NOT_AWAITED'
  | 'CALL_TIMEOUT'
  | 'CHILD_EXISTS'
  | 'CHILD_LIMIT'
  | 'CHILD_NOT_FOUND'
  | 'CHILD_RUNNING'
  | 'CHILD_START_FAILED'
  | 'MAILBOX_FULL'
  | 'MAILBOX_OVERFLOW'
  | 'MESSAGE_NOT_PORTABLE'
  | 'MESSAGE_TOO_LARGE'
  | 'NAME_TAKEN'
  | 'NO_SERVICE'
  | 'NO_SUCH_THREAD'
  | 'RING_FULL'
  | 'TASK_LIMIT'
  | 'THREAD_DOWN'
  | 'THREAD_START_FAILED'
  | 'UNKNOWN_ACTOR_TYPE'
  | 'UNKNOWN_NAME'
  | 'WORK_LIMIT'

export type ErrorContext = Readonly<Record<string, string | number | boolean>>

/** An expected failure of the runtime. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode
  readonly context: ErrorContext

  constructor(
    code: RuntimeErrorCode,
    message: string,
    details: { context?: ErrorContext; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'RuntimeError'
    this.code = code
    this.context = details.context ?? {}
  }
}

/**
 * Ends a switch over a union: the compiler refuses it while a case is missing. What arrives all the same is named by its
 * `type` or its kind only: it may be a message, and its body must not reach a crash report.
 */
export function unreachable(value: never): never {
  const type = (value as { readonly type?: unknown } | null | undefined)?.type
  const shown = typeof type === 'string' ? `'${type.slice(0, 64)}'` : typeof value
  throw new Error(`Cannot reach this line: unexpected ${shown}`)
}
