/** Rows about what has happened: crashes, restarts, threads that were lost, traced messages. */

/** An actor crashed. */
export interface CrashRow {
  readonly atMs: number
  readonly thread: number
  readonly ref: string
  readonly actor: string
  readonly name: string | undefined
  readonly parent: string | undefined
  /** For people: the error's text, or the reason. */
  readonly reason: string
  /** Where the error was thrown, when it was an error. */
  readonly stack: string | undefined
  readonly during: 'init' | 'handle' | 'terminate'
  /** The flight recorder: types of the last messages, oldest first; the last one was in work. */
  readonly lastMessages: readonly string[]
  readonly handled: number
  readonly mailboxLength: number
}

/** What a supervisor did. */
export interface RestartRow {
  readonly atMs: number
  readonly thread: number
  readonly ref: string
  readonly supervisor: string
  readonly event:
    | 'childExited'
    | 'restarted'
    | 'startFailed'
    | 'gaveUp'
    | 'killedAfterTimeout'
    | 'autoShutdown'
  readonly child: string
  readonly reason: string | undefined
}

/** What became of a scheduler thread. */
export interface ThreadEventRow {
  readonly atMs: number
  readonly thread: number
  readonly event: 'stuck' | 'heapLimit' | 'died' | 'replaced' | 'gaveUp'
  readonly detail: string
}

export interface TraceEvent {
  readonly atMs: number
  /** `arrived`: put into the mailbox by a message from another thread, which has its own `sent`. */
  readonly event: 'sent' | 'arrived' | 'handled'
  readonly from: string | undefined
  readonly to: string
  /** The receiver's type. */
  readonly actor: string | undefined
  readonly messageType: string
  /** Events left out before this one. */
  readonly skipped: number
}
