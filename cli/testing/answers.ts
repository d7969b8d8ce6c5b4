/** Answers of a node as views are shown them: plausible, with all that can be odd about them somewhere. */

import type {
  ActorDetails,
  CrashRow,
  Hello,
  PsRow,
  SessionFigures,
  ThreadFigures,
  Top,
  TopRow,
  Tree,
  TreeRow,
  Why,
} from '../../gateway/admin/index.ts'
import { HELLO } from './fake-node.ts'

export const NOW_MS = HELLO.nowMs
export const pageAt = (width: number): { width: number; node: Hello; nowMs: number } => ({
  width,
  node: HELLO,
  nowMs: NOW_MS,
})

/** Clears a screen, sets a title, turns the direction of text, starts a line of its own. */
export const HOSTILE = '\u001b[2J\u001b]0;pwned\u0007\u009b31m\u202eevil\r\nroot# '

export function psRow(row: Partial<PsRow>): PsRow {
  return {
    ref: '<1.5.12>',
    thread: 1,
    name: undefined,
    type: 'session',
    kind: 'actor',
    parent: '<1.2.3>',
    state: 'idle',
    mailboxLength: 0,
    oldestAgeMs: 0,
    handled: 1_234,
    handlerMs: 56.7,
    current: undefined,
    heapBytes: 2_048,
    refused: 0,
    dropped: 0,
    ...row,
  }
}

export function topRow(row: Partial<TopRow>): TopRow {
  return { ...psRow(row), handledPerSecond: 10, busy: 0.01, ...row }
}

export function details(row: Partial<ActorDetails>): ActorDetails {
  const none = { count: 0, first: [] }
  return {
    ...psRow(row),
    mailboxLimit: 1_000,
    onFull: 'refuse',
    trapExit: false,
    lastMessages: ['frame', 'ack', 'frame'],
    groups: [],
    openCalls: 0,
    openTasks: 0,
    links: none,
    watching: none,
    watchedBy: none,
    supervisor: undefined,
    about: { user: 'alice', phase: 'live' },
    ...row,
  }
}

export function threadFigures(row: Partial<ThreadFigures>): ThreadFigures {
  const ring = { usedBytes: 0, sizeBytes: 4_194_304, peer: 0 }
  return {
    thread: 1,
    state: 'running',
    restarts: 0,
    lastFault: undefined,
    busy: 0.23,
    lagMs: 0.4,
    heapBytes: 126_000_000,
    heapLimitBytes: 2_147_483_648,
    ringIn: ring,
    ringOut: ring,
    current: undefined,
    answered: true,
    actors: 7_512,
    runQueue: 3,
    messagesHandled: 1_204_332,
    deadLetters: 0,
    refused: 0,
    timers: 15_000,
    ...row,
  }
}

/** Thread 1 is in an endless loop. */
export const THREADS: readonly ThreadFigures[] = [
  threadFigures({ thread: 0, state: 'main', busy: 0.12, actors: 5 }),
  threadFigures({
    answered: false,
    busy: 1,
    lagMs: 3_200,
    current: { ref: '<1.5.12>', actor: 'session', name: undefined, messageType: 'frame', forMs: 3_200 },
    actors: undefined,
    runQueue: undefined,
    messagesHandled: undefined,
    deadLetters: undefined,
    refused: undefined,
    timers: undefined,
  }),
  threadFigures({ thread: 2, restarts: 1, lastFault: 'it was stuck in conversation <2.4.9> for 5.1 s' }),
]

export function top(rows: readonly TopRow[], more: Partial<Top> = {}): Top {
  return {
    atMs: NOW_MS,
    silent: [],
    truncated: false,
    windowMs: 1_000,
    actors: 15_043,
    messagesPerSecond: 12_345,
    rows,
    followed: undefined,
    threads: [threadFigures({ thread: 0, state: 'main' }), threadFigures({})],
    ...more,
  }
}

const supervisorFigures = (
  restarts: number,
): NonNullable<Extract<TreeRow, { kind: 'actor' }>['supervisor']> => ({
  form: 'static',
  strategy: 'restForOne',
  intensity: { restarts: 5, periodMs: 60_000 },
  restarts,
  children: [],
  childrenCount: 0,
})

function treeRow(
  depth: number,
  row: Partial<PsRow>,
  more: Partial<Extract<TreeRow, { kind: 'actor' }>> = {},
): TreeRow {
  return {
    kind: 'actor',
    depth,
    orphan: false,
    actor: psRow(row),
    supervisor: undefined,
    id: row.name,
    ...more,
  }
}

export const TREE: Tree = {
  atMs: NOW_MS,
  silent: [{ thread: 2, busyWith: "session <2.5.12> handling 'frame' for 3.2 s" }],
  truncated: false,
  actors: 15_043,
  rows: [
    treeRow(
      0,
      { ref: '<0.0.1>', thread: 0, name: 'guildhall', type: 'guildhall', kind: 'supervisor' },
      {
        supervisor: {
          ...supervisorFigures(0),
          children: [
            { id: 'shard.1', state: 'running', ref: '<1.0.1>' },
            { id: 'shard.2', state: 'running', ref: '<2.0.1>' },
          ],
        },
      },
    ),
    treeRow(
      1,
      { ref: '<1.0.1>', name: 'shard.1', type: 'shard', kind: 'supervisor' },
      {
        supervisor: {
          ...supervisorFigures(4),
          children: [
            { id: 'users', state: 'running', ref: '<1.2.3>' },
            { id: 'api', state: 'restarting', ref: undefined },
          ],
        },
      },
    ),
    treeRow(2, { ref: '<1.2.3>', name: 'users', type: 'users', mailboxLength: 120 }),
    treeRow(
      2,
      { ref: '<1.3.4>', name: 'sessions', type: 'sessions', kind: 'supervisor' },
      {
        supervisor: { ...supervisorFigures(0), form: 'dynamic' },
      },
    ),
    treeRow(3, { ref: '<1.9.9>', type: 'session', state: 'suspended', mailboxLength: 1_200 }),
    {
      kind: 'fold',
      depth: 3,
      parent: '<1.3.4>',
      thread: 1,
      type: 'session',
      count: 15_000,
      mailboxLength: 312,
      mailboxMax: 300,
      handled: 1_200_000,
      states: { suspended: 1 },
    },
    treeRow(1, { ref: '<0.4.5>', thread: 0, name: 'gateway', type: 'gateway' }),
  ],
}

export function session(row: Partial<SessionFigures>): SessionFigures {
  return {
    session: '5f0c2a9d',
    user: 'alice',
    tenant: '',
    device: 'phone',
    state: 'live',
    connection: 17,
    codec: 'json',
    thread: 1,
    ref: '<1.5.12>',
    silentMs: 4_000,
    resumes: 0,
    ticketAgeMs: 61_000,
    ticketLeftMs: undefined,
    bufferedBytes: 0,
    slow: undefined,
    crashes: 0,
    ...row,
  }
}

export const WHY: Why = {
  message: {
    conversation: '1314160384516097',
    seq: 42,
    messageId: '1314160384516098',
    author: 'alice',
    atMs: NOW_MS - 60_000,
    kind: 'text',
  },
  user: 'bob',
  verdict: 'congested',
  text: 'His phone reads too slowly: it was skipped, and is told by `lagged` once it has caught up.',
  steps: [
    { step: 'persisted', done: true, fact: 'seq 42 of the log, on disk' },
    { step: 'routed', done: true, fact: 'number 7 of his inbox' },
    { step: 'pushed', done: false, fact: 'skipped: 1.2 MiB wait in the socket' },
    { step: 'acknowledged', done: undefined, fact: 'not yet' },
  ],
  devices: [
    { session: '5f0c2a9d', device: 'phone', verdict: 'congested', fact: '1.2 MiB wait', delivered: 40 },
  ],
}

export function crash(row: Partial<CrashRow>): CrashRow {
  return {
    atMs: NOW_MS - 5_000,
    thread: 1,
    ref: '<1.5.12>',
    actor: 'conversation',
    name: undefined,
    parent: '<1.2.3>',
    reason: 'TypeError: only numbers can be added',
    stack:
      'TypeError: only numbers can be added\n    at handle (actors/conversation.ts:12:5)\n    at a\n    at b',
    during: 'handle',
    lastMessages: ['post', 'ack', 'post'],
    handled: 1_203,
    mailboxLength: 4,
    ...row,
  }
}
