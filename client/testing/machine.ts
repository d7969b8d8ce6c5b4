/** Machine: the state machine in a test's hands. Time and chance are numbers that the test sets. */

import type { ClientFrame, ConversationEntry, ServerFrame } from '../../protocol/index.ts'
import type { ClientEvents, Status } from '../events.ts'
import { createState, nextDeadline, step } from '../state.ts'
import { OUTBOX_LIMIT } from '../state-outbox.ts'
import type { Effect, Input, Settings } from '../state-types.ts'

const SETTINGS: Settings = { device: 'desk', history: 'all', channelHistory: 'new' }

export class Machine {
  now = 1_000_000
  random = 0.5
  readonly state
  effects: Effect[] = []

  constructor(settings: Partial<Settings> = {}, outboxLimit = OUTBOX_LIMIT) {
    this.state = createState('wss://home/v1/socket', { ...SETTINGS, ...settings }, outboxLimit)
  }

  /** Puts one input in; `effects` are then those of this step alone. */
  put(input: Input): Effect[] {
    this.effects = step(this.state, input, this.now, () => this.random)
    return this.effects
  }

  frame(frame: ServerFrame): Effect[] {
    return this.put({ type: 'frame', frame })
  }

  /** Moves on by `ms`, stopping at every deadline; answers all effects on the way. */
  wait(ms: number): Effect[] {
    const end = this.now + ms
    const all: Effect[] = []
    for (let turns = 0; turns < 10_000; turns++) {
      const at = nextDeadline(this.state, this.now)
      if (at === null || at > end) break
      this.now = Math.max(this.now, at)
      all.push(...this.put({ type: 'tick' }))
    }
    this.now = end
    this.effects = all
    return all
  }

  /** Through `start` to an open socket that has said hello. */
  greeted(eventsPerMinute = 60_000): this {
    this.put({ type: 'start' })
    this.put({ type: 'loaded', cursors: null, outbox: [] })
    return this.dialled(eventsPerMinute)
  }

  /** The token is there and the socket opens. */
  dialled(eventsPerMinute = 60_000): this {
    this.put({ type: 'token', dial: this.state.link.dial, token: 'secret' })
    this.put({ type: 'opened' })
    const limits = { frameBytes: 524_288, bodyChars: 100_000, eventsPerMinute }
    this.frame({ op: 'hello', node: 'n1', heartbeatMs: 30_000, identifyMs: 10_000, limits })
    return this
  }

  online(conversations: readonly ConversationEntry[] = [dm('7', 0)], eventsPerMinute?: number): this {
    this.greeted(eventsPerMinute)
    this.ready(conversations)
    return this
  }

  ready(conversations: readonly ConversationEntry[] = [dm('7', 0)], inbox = 0): Effect[] {
    return this.frame({
      op: 'ready',
      session: 's1',
      resume: 't1',
      user: { id: 'alice' },
      device: 'desk',
      inbox,
      conversations: [...conversations],
      guilds: [],
    })
  }

  message(seq: number, conversation = '7', n?: number): Effect[] {
    return this.frame({ op: 'message', ...message(seq, conversation), ...(n === undefined ? {} : { n }) })
  }

  send(id: string, to = '7', body = `body of ${id}`): Effect[] {
    return this.put({ type: 'send', entry: { id, to, body } })
  }

  sent(id: string, seq: number, to = '7'): Effect[] {
    return this.frame({ op: 'sent', to, id, seq, messageId: String(seq), at: 5, duplicate: false })
  }

  /** Frames written by the last step or wait. */
  written<Op extends ClientFrame['op']>(op: Op): Extract<ClientFrame, { op: Op }>[] {
    const frames = this.effects.flatMap((effect) => (effect.type === 'write' ? [effect.frame] : []))
    return frames.filter((frame): frame is Extract<ClientFrame, { op: Op }> => frame.op === op)
  }

  emitted<K extends keyof ClientEvents>(name: K): ClientEvents[K][] {
    return this.effects.flatMap((effect) =>
      effect.type === 'emit' && effect.name === name ? [effect.event as ClientEvents[K]] : [],
    )
  }

  status(): Status | undefined {
    return this.emitted('status').at(-1)
  }

  seqs(): number[] {
    return this.emitted('message').map(({ seq }) => seq)
  }

  has(type: Effect['type']): boolean {
    return this.effects.some((effect) => effect.type === type)
  }
}

export function dm(id: string, head: number): ConversationEntry {
  return { id, kind: 'dm', head, delivered: 0, read: 0, members: ['alice', 'bob'] }
}

export function message(seq: number, conversation = '7') {
  const ids = { conversation, seq, messageId: String(seq), id: `m${seq}` }
  return { ...ids, author: 'bob', device: 'phone', at: 5, body: `body ${seq}`, kind: 'text' as const }
}
