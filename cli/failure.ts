/** Failure: what a command could not do, said in one text for people, and the exit code that goes with it. */

/** Stable: scripts branch on them. */
export const EXIT = {
  ok: 0,
  /** It was asked correctly and could not be done. */
  failure: 1,
  /** Unknown command or flag, bad value, settings that do not hold. */
  usage: 2,
  /** Nobody answers where the node should be, or not in a language that both speak. */
  noNode: 3,
  /** The token or the user is refused, or may only read. */
  notAllowed: 4,
  /** No such actor, user, session, conversation, message or thread. */
  notFound: 5,
  /** The question was answered, and the answer is that something is wrong. */
  fault: 6,
  /** A second signal while stopping. */
  interrupted: 130,
} as const

export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.failure, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}

export function usage(message: string): Failure {
  return new Failure(message, EXIT.usage)
}
