/**
 * ExitReason: why an actor ended. Plain data, because it travels to links, watchers and callers on any
 * thread.
 */

import { RuntimeError } from './errors.ts'

/** An error as plain data: what is left of it when it crosses a thread, with everything that explains it. */
export interface ErrorData {
  /** The error's class name, for example `TypeError`. */
  readonly error: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly context?: Readonly<Record<string, string | number | boolean>>
  readonly cause?: ErrorData
}

/**
 * Why an actor ended.
 * - `'normal'`: it was done. `'shutdown'` and `{ shutdown }`: it was told to stop, or stopped as planned.
 * - `'killed'`: by a kill. `'noproc'`: it was dead before anyone asked. `'threadDown'`: its thread died.
 * - an `ErrorData`: it crashed. Any other string is the application's own.
 */
export type ExitReason = string | { readonly shutdown: string | ErrorData } | ErrorData

const CAUSE_DEPTH_MAX = 4
const MESSAGE_LENGTH_MAX = 2_000
const STACK_LENGTH_MAX = 4_000

/** True for the reasons after which a `transient` child is not restarted and no crash is reported. */
export function isNormalExit(reason: ExitReason): boolean {
  return reason === 'normal' || reason === 'shutdown' || (typeof reason === 'object' && 'shutdown' in reason)
}

/**
 * Anything thrown as plain data, causes included down to a depth of 4. Cost: the stack is put into words when
 * it is first read, which takes longer than a restart; most are never read.
 */
export function toErrorData(thrown: unknown, depth = 0): ErrorData {
  if (!(thrown instanceof Error))
    return isErrorData(thrown) ? thrown : { error: 'Thrown', message: describe(thrown) }
  const { name, message, cause } = thrown
  const code = (thrown as { code?: unknown }).code
  const context = contextOf(thrown)
  return {
    error: name,
    message: message.slice(0, MESSAGE_LENGTH_MAX),
    ...(typeof code === 'string' ? { code } : {}),
    ...(context === undefined ? {} : { context }),
    get stack(): string {
      return String(thrown.stack).slice(0, STACK_LENGTH_MAX)
    },
    ...(cause === undefined || depth >= CAUSE_DEPTH_MAX ? {} : { cause: toErrorData(cause, depth + 1) }),
  }
}

/**
 * The way back: a RuntimeError when the code is one of the runtime's, with the original text, context and
 * causes.
 */
export function fromErrorData(data: ErrorData): Error {
  const cause = data.cause === undefined ? {} : { cause: fromErrorData(data.cause) }
  const error =
    data.error === 'RuntimeError'
      ? new RuntimeError(data.code as RuntimeError['code'], data.message, {
          ...cause,
          context: data.context ?? {},
        })
      : Object.assign(new Error(data.message, cause), {
          name: data.error,
          ...(data.code === undefined ? {} : { code: data.code }),
          ...(data.context === undefined ? {} : { context: data.context }),
        })
  if (data.stack !== undefined) error.stack = data.stack
  return error
}

/** One line for logs and tables: the reason itself, or class, code and text of an error. */
export function describeExit(reason: ExitReason): string {
  if (typeof reason === 'string') return reason
  if ('shutdown' in reason) return `shutdown: ${describeExit(reason.shutdown)}`
  const code = reason.code === undefined ? '' : ` [${reason.code}]`
  return `${reason.error}${code}: ${reason.message}`
}

export function isErrorData(value: unknown): value is ErrorData {
  if (typeof value !== 'object' || value === null) return false
  const { error, message } = value as Partial<ErrorData>
  return typeof error === 'string' && typeof message === 'string'
}

function contextOf(error: Error): ErrorData['context'] {
  const context = (error as { context?: unknown }).context
  if (typeof context !== 'object' || context === null) return undefined
  const plain: Record<string, string | number | boolean> = {}
  for (const [key, value] of Object.entries(context)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      plain[key] = value
  }
  return plain
}

// A thrown non-error may be anything, message bodies included: only its shape is told.
function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown.slice(0, MESSAGE_LENGTH_MAX)
  return thrown === null ? 'null' : typeof thrown
}
