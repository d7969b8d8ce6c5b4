/**
 * ask: one typed question to one thread. askThread also tells what the thread was busy with when no answer
 * came.
 */

import type { InspectorPort, ThreadActivity } from './port.ts'
import type { InspectAnswers, InspectKind, RequestOf } from './requests.ts'

/** Rejects as `InspectorPort.ask` does. */
export function ask<Kind extends InspectKind>(
  port: InspectorPort,
  thread: number,
  request: RequestOf<Kind>,
  timeoutMs: number,
): Promise<InspectAnswers[Kind]> {
  // The other side is `answer`, whose signature ties the answer to the request; only the way between them
  // knows no types.
  return port.ask(thread, request, timeoutMs) as Promise<InspectAnswers[Kind]>
}

/** A thread that gave no answer in time, and what it is busy with as far as is known. */
export interface SilentThread {
  readonly thread: number
  readonly activity: ThreadActivity | undefined
}

/** Asks every thread the same and waits for all of them, at most `timeoutMs`. */
export async function askAll<Kind extends InspectKind>(
  port: InspectorPort,
  request: RequestOf<Kind>,
  timeoutMs: number,
): Promise<{ readonly answers: InspectAnswers[Kind][]; readonly silent: SilentThread[] }> {
  const answers: InspectAnswers[Kind][] = []
  const silent: SilentThread[] = []
  const askOne = async (thread: number): Promise<void> => {
    try {
      answers.push(await ask<Kind>(port, thread, request, timeoutMs))
    } catch {
      silent.push({ thread, activity: port.activity(thread) })
    }
  }
  await Promise.all(port.threads().map(askOne))
  return { answers, silent }
}
