/**
 * Letters: questions and answers over a MessagePort, for what is rare and may be large: inspection and slow
 * work. Plain data, by structured clone.
 *
 * Guarantees: every question ends once: with its answer, its time-out, or the end of the other side.
 */

import type { MessagePort, Worker } from 'node:worker_threads'
import { RuntimeError } from '../actor/errors.ts'
import { type ErrorData, fromErrorData, toErrorData } from '../actor/exit-reason.ts'

type Letter =
  | { readonly kind: 'question'; readonly id: number; readonly body: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly body: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: ErrorData }

interface Open {
  readonly resolve: (body: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout | undefined
}

/** One end. */
export class Letters {
  readonly #port: MessagePort | Worker
  readonly #open = new Map<number, Open>()
  #lastId = 0

  /** `answer` is asked what the other side wants to know. */
  constructor(port: MessagePort | Worker, answer: (body: unknown) => Promise<unknown>) {
    this.#port = port
    port.on('message', (letter: Letter) => this.#receive(letter, answer))
  }

  /**
   * Asks the other side. Rejects with its error, or with a RuntimeError `CALL_TIMEOUT`,
   * `MESSAGE_NOT_PORTABLE` or that of `close`.
   */
  ask(body: unknown, timeoutMs = Infinity): Promise<unknown> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      try {
        this.#port.postMessage({ kind: 'question', id, body } satisfies Letter)
      } catch (cause) {
        return reject(notPortable(cause))
      }
      const timer =
        timeoutMs === Infinity ? undefined : setTimeout(() => this.#timeOut(id, timeoutMs), timeoutMs)
      this.#open.set(id, { resolve, reject, timer })
    })
  }

  /** The other side is gone: every open question fails. */
  close(error: Error): void {
    for (const { reject, timer } of this.#open.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#open.clear()
  }

  #receive(letter: Letter, answer: (body: unknown) => Promise<unknown>): void {
    if (letter.kind === 'question') {
      answer(letter.body)
        .then((body) => this.#port.postMessage({ kind: 'answer', id: letter.id, body } satisfies Letter))
        .catch((error: unknown) => {
          this.#port.postMessage({
            kind: 'failure',
            id: letter.id,
            error: toErrorData(error),
          } satisfies Letter)
        })
      return
    }
    const open = this.#open.get(letter.id)
    if (open === undefined) return // too late, or not a letter: a thread's `StartNews`
    this.#open.delete(letter.id)
    clearTimeout(open.timer)
    if (letter.kind === 'answer') open.resolve(letter.body)
    else open.reject(fromErrorData(letter.error))
  }

  #timeOut(id: number, timeoutMs: number): void {
    const open = this.#open.get(id)
    this.#open.delete(id)
    open?.reject(
      new RuntimeError('CALL_TIMEOUT', `Cannot ask a thread: no answer within ${timeoutMs} ms`, {
        context: { timeoutMs },
      }),
    )
  }
}

function notPortable(cause: unknown): RuntimeError {
  return new RuntimeError(
    'MESSAGE_NOT_PORTABLE',
    'Cannot hand data to another thread: it holds a value that cannot cross',
    {
      cause,
    },
  )
}
