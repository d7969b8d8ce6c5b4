/**
 * A writer for the crash tests: started as a process or as a thread, it appends to its own conversations and to shared
 * inboxes until it is killed, and reports every message after `append` resolved.
 */

import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { openLmdbStore } from './index.ts'
import { type Acknowledged, conversationsOf } from './test-conversations.ts'

interface Start {
  readonly path: string
  /** Makes conversations and ids of this run its own. */
  readonly run: number
}

const INBOXES = ['alice', 'bob', 'carol']

const { path, run } = startOf()
// As threads of a node end: between two turns, with writes in flight.
parentPort?.on('message', () => process.exit())
const store = await openLmdbStore({ path })
for (const conversation of conversationsOf(run)) void appendForEver(conversation)

async function appendForEver(conversation: string): Promise<never> {
  for (let turn = 0; ; turn++) {
    const ids = [`${run}-${conversation}-${turn}-a`, `${run}-${conversation}-${turn}-b`]
    const results = await store.append(conversation, ids.map(messageOf), INBOXES)
    results.forEach((result, index) => {
      if (result.status === 'appended') report({ conversation, seq: result.seq, id: ids[index] ?? '' })
    })
  }
}

function messageOf(id: string) {
  return {
    messageId: '1',
    id,
    author: 'alice',
    device: 'phone',
    at: 1,
    kind: 'text',
    body: 'x'.repeat(200),
  } as const
}

function report(acknowledged: Acknowledged): void {
  if (parentPort !== null) parentPort.postMessage(acknowledged)
  else writeSync(1, `${JSON.stringify(acknowledged)}\n`)
}

function startOf(): Start {
  if (workerData !== null) return workerData as Start
  const [, , path = '', run = '0'] = process.argv
  return { path, run: Number(run) }
}
