/**
 * The errors of supervisors: one small function for each, so that text and context stay together.
 */

import { type ErrorContext, RuntimeError } from '../actor/errors.ts'
import { describeExit, type ExitReason, fromErrorData, isErrorData } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'

/** Why a spec is refused: the field and what is wrong with it. */
export interface Problem {
  readonly field: string
  readonly fact: string
  readonly child?: string
}

export function badSpec(supervisor: string, { field, fact, child }: Problem): RuntimeError {
  const where = child === undefined ? '' : `child '${child}': `
  return new RuntimeError('BAD_SPEC', `Cannot supervise '${supervisor}': ${where}${field} ${fact}`, {
    context: { supervisor, field, ...(child === undefined ? {} : { child }) },
  })
}

/** A request that only the other form of supervisor understands. */
export function badRequest(request: string, fact: string): RuntimeError {
  return new RuntimeError('BAD_SPEC', `Cannot handle ${request}: ${fact}`, { context: { request } })
}

/** `running` is OTP's `already_started`, the others are its `already_present`. */
export function childExists(
  id: string,
  state: 'running' | 'restarting' | 'stopped',
  ref?: AnyRef,
): RuntimeError {
  const context: ErrorContext = { child: id, state, ...(ref === undefined ? {} : { ref: ref.toString() }) }
  return new RuntimeError('CHILD_EXISTS', `Cannot start child '${id}': one with this id is ${state}`, {
    context,
  })
}

export function childRunning(
  verb: 'restart' | 'delete',
  id: string,
  state: 'running' | 'restarting',
): RuntimeError {
  return new RuntimeError('CHILD_RUNNING', `Cannot ${verb} child '${id}': it is ${state}`, {
    context: { child: id, state },
  })
}

export function childNotFound(child: string | AnyRef): RuntimeError {
  return new RuntimeError(
    'CHILD_NOT_FOUND',
    `Cannot find child ${child}: this supervisor has no such child`,
    {
      context: { child: child.toString() },
    },
  )
}

export function childLimit(template: string, limit: number): RuntimeError {
  return new RuntimeError(
    'CHILD_LIMIT',
    `Cannot start ${template}: its supervisor already has ${limit} children`,
    {
      context: { child: template, limit },
    },
  )
}

export function childStartFailed(child: string, reason: ExitReason): RuntimeError {
  return new RuntimeError('CHILD_START_FAILED', `Cannot start child '${child}': ${describeExit(reason)}`, {
    context: { child, reason: describeExit(reason) },
    cause: causeOf(reason),
  })
}

/** The error behind a reason; that of a supervisor is wrapped in its own `shutdown`. */
function causeOf(reason: ExitReason): Error | undefined {
  if (isErrorData(reason)) return fromErrorData(reason)
  return typeof reason === 'object' && isErrorData(reason.shutdown)
    ? fromErrorData(reason.shutdown)
    : undefined
}

export function tooManyRequests(limit: number): RuntimeError {
  return new RuntimeError(
    'MAILBOX_FULL',
    `Cannot take a request: ${limit} already wait for a child to start or stop`,
    {
      context: { limit },
    },
  )
}
