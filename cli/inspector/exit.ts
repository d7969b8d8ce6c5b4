/** Exit codes of the inspector: which of them an error of the admin channel is. Stable, and in the help of every command. */

import { type AdminClientCode, AdminError } from '../../gateway/admin/index.ts'
import { visible } from '../chat/visible.ts'
import { EXIT, Failure } from '../failure.ts'

export const EXIT_HELP = `
Exit codes: 0 answered or done, 1 failed, 2 wrong command line,
3 no node to talk to, 4 not allowed, 5 no such actor, user, message or thread,
6 doctor found a fault, 130 interrupted; trace and watch end so with 0.`

const CODES: Readonly<Partial<Record<AdminClientCode, number>>> = {
  BAD_REQUEST: EXIT.usage,
  TOO_LARGE: EXIT.usage,
  NO_NODE: EXIT.noNode,
  NOT_A_NODE: EXIT.noNode,
  CONNECTION_LOST: EXIT.noNode,
  NO_ANSWER: EXIT.noNode,
  BAD_VERSION: EXIT.noNode,
  UNAVAILABLE: EXIT.noNode,
  AUTH_FAILED: EXIT.notAllowed,
  FORBIDDEN: EXIT.notAllowed,
  NO_PERMISSION: EXIT.notAllowed,
  NOT_FOUND: EXIT.notFound,
}

/** What helps, where the message itself does not say it. */
const HINTS: Readonly<Partial<Record<AdminClientCode, string>>> = {
  NO_NODE: 'Give its folder with --data, its socket with --socket, or --connect host:port',
  BAD_VERSION: 'Use the `guildhall` of the same release as the node',
  UNKNOWN_KIND: 'The node is of an older release. Use the `guildhall` of the same release',
  AUTH_FAILED: 'Make a token with `guildhall token --user <you> --scope admin` and set GUILDHALL_ADMIN_TOKEN',
  ANSWER_TOO_LARGE: 'Ask for less with --limit',
}

/** An AdminError as a failure of the command, safe to print; anything else as it is. */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof AdminError)) return error
  const { code, message, retryAfterMs } = error
  const again = retryAfterMs === undefined ? [] : [`Try again in ${Math.ceil(retryAfterMs / 1_000)} s`]
  const hint = HINTS[code]
  const text = [visible(message), ...(hint === undefined ? [] : [hint]), ...again].join('. ')
  return new Failure(`${text} (${code})`, CODES[code] ?? EXIT.failure, error)
}
