/**
 * explain: what became of a message for one user, from the facts of log, inbox, cursors, sessions and relay. A pure
 * function: `gatherFacts` brings the facts.
 *
 * The verdict of a message is the first of `WHY_VERDICTS` that holds for one of the user's sessions, so that a trouble
 * on one device is not hidden by another that has everything; only what has been acknowledged comes before all troubles.
 */

import { type DeviceWhy, WHY_VERDICTS, type Why, type WhyVerdict } from './chat-rows.ts'

export interface MessageFacts {
  readonly message: Why['message']
  /** The device that it was sent from. */
  readonly authorDevice: string
  readonly user: string
  readonly isMember: boolean
  /** The last seq that the user has read. */
  readonly read: number
  readonly lastSeenMs: number | undefined
  readonly route: RouteFacts
  readonly devices: readonly DeviceFacts[]
}

export type RouteFacts =
  /** `n`: its number in the user's inbox; undefined when it has none. */
  | {
      readonly kind: 'inboxes'
      readonly n: number | undefined
      /** The actor that tells the user's sessions of new numbers is suspended. */
      readonly isRouterSuspended: boolean
    }
  | {
      readonly kind: 'topic'
      readonly topic: string
      /** The last that sockets of this node were sent; undefined when nothing is known. */
      readonly published: number | undefined
      readonly relay: 'running' | 'suspended' | 'idle' | 'crashed' | 'unknown'
      readonly relayThread: number
      /** What the relay's thread is stuck in. */
      readonly busyWith: string | undefined
    }

export interface DeviceFacts {
  readonly session: string
  readonly device: string
  readonly state: 'starting' | 'live' | 'replacing' | 'detached'
  readonly delivered: number
  readonly ticketLeftMs: number | undefined
  /** The socket reads too slowly. */
  readonly isSlow: boolean
  /** Of this conversation, what was skipped. */
  readonly skipped: { readonly from: number; readonly to: number } | undefined
  readonly bufferedBytes: number
  /** The socket is subscribed to the conversation's topic. */
  readonly isSubscribed: boolean
  /** What the session tells of itself; undefined when its thread says nothing. */
  readonly actor: SessionActorFacts | undefined
  readonly busyWith: string | undefined
}

export interface SessionActorFacts {
  readonly phase: string
  readonly isSuspended: boolean
  /** How far it is through the inbox. */
  readonly n: number
  readonly pulling: boolean
  readonly mailboxLength: number
}

export function explain(facts: MessageFacts): Why {
  const { message, user } = facts
  const devices = facts.devices.map((device) => deviceWhy(facts, device))
  const { verdict, text } = verdictOf(facts, devices)
  return { message, user, verdict, text, steps: stepsOf(facts, devices, verdict), devices }
}

function deviceWhy(facts: MessageFacts, device: DeviceFacts): DeviceWhy {
  const [verdict, fact] = deviceVerdict(facts, device)
  const { session, device: name, delivered } = device
  return { session, device: name, verdict, fact, delivered }
}

type Judged = readonly [verdict: WhyVerdict, fact: string]

function deviceVerdict(facts: MessageFacts, device: DeviceFacts): Judged {
  const { seq } = facts.message
  if (device.delivered >= seq)
    return ['acknowledged', `the device has acknowledged everything up to ${device.delivered}`]
  if (facts.message.author === facts.user && facts.authorDevice === device.device) {
    return ['ownMessage', 'it was sent from this device, which got `sent` for it']
  }
  if (device.state === 'detached') {
    const left = device.ticketLeftMs === undefined ? '' : ` for another ${seconds(device.ticketLeftMs)}`
    return ['detached', `the client is away; its session waits${left} and replays it when the client resumes`]
  }
  if (device.state !== 'live') {
    return [
      'starting',
      device.state === 'starting' ? 'its session starts' : 'its session has died and starts anew',
    ]
  }
  if (device.actor === undefined) {
    return [
      'threadStuck',
      `the thread of its session gives no answer: ${device.busyWith ?? 'nobody can tell why'}`,
    ]
  }
  return pushVerdict(facts, device, device.actor)
}

function pushVerdict(facts: MessageFacts, device: DeviceFacts, actor: SessionActorFacts): Judged {
  const { seq } = facts.message
  const { skipped, bufferedBytes } = device
  if (skipped !== undefined && skipped.from <= seq && seq <= skipped.to) {
    const range = `${skipped.from} to ${skipped.to}`
    return [
      'congested',
      `the socket reads too slowly (${bufferedBytes} bytes unread); seq ${range} were skipped, and it is told so once it reads`,
    ]
  }
  if (actor.isSuspended) {
    const fact = `its session is suspended, ${actor.mailboxLength} messages wait: an operator has to \`resume\` it`
    return ['suspended', fact]
  }
  if (actor.phase === 'opening') return ['behind', 'its session still replays what the device had missed']
  const judged =
    facts.route.kind === 'inboxes'
      ? inboxVerdict(facts.route, actor)
      : topicVerdict(facts, facts.route, device)
  if (judged[0] !== 'pushed' || !device.isSlow) return judged
  return [
    'congested',
    `the socket reads too slowly: ${bufferedBytes} bytes wait, this message may be among them`,
  ]
}

function inboxVerdict(
  { n, isRouterSuspended }: RouteFacts & { kind: 'inboxes' },
  { n: reached, pulling, mailboxLength }: SessionActorFacts,
): Judged {
  if (n === undefined) return ['beforeJoining', 'it is in no inbox of the user']
  if (reached >= n)
    return ['pushed', `number ${n} of the inbox was handed to the socket; no acknowledgement yet`]
  if (isRouterSuspended)
    return [
      'suspended',
      'what tells its session of new messages is suspended: an operator has to `resume` it',
    ]
  const doing = pulling ? 'reads the inbox' : `has ${mailboxLength} messages waiting`
  return [
    'behind',
    `its session is at number ${reached} of the inbox, the message is number ${n}; it ${doing}`,
  ]
}

function topicVerdict(
  facts: MessageFacts,
  route: RouteFacts & { kind: 'topic' },
  device: DeviceFacts,
): Judged {
  const { seq } = facts.message
  const { topic, published = 0, relay, relayThread, busyWith } = route
  if (!device.isSubscribed)
    return ['notSubscribed', `its socket has not joined topic ${topic}; the session goes on trying`]
  if (published >= seq) return ['pushed', 'it was published to the socket; no acknowledgement yet']
  if (relay === 'unknown') {
    return [
      'threadStuck',
      `thread ${relayThread} of the relay gives no answer: ${busyWith ?? 'nobody can tell why'}`,
    ]
  }
  if (relay === 'suspended')
    return ['suspended', `the relay of ${topic} is suspended: an operator has to \`resume\` it`]
  return ['relayBehind', `the relay (${relay}) has published up to ${published}`]
}

function verdictOf(
  facts: MessageFacts,
  devices: readonly DeviceWhy[],
): { verdict: WhyVerdict; text: string } {
  const { user, read, isMember, route } = facts
  const { seq } = facts.message
  const judged = (verdict: WhyVerdict, fact: string) => ({ verdict, text: `${user}: ${fact}` })
  if (read >= seq) return judged('acknowledged', `has read the conversation up to ${read}`)
  const acknowledged = devices.find(({ verdict }) => verdict === 'acknowledged')
  if (acknowledged !== undefined)
    return judged('acknowledged', `${acknowledged.device}: ${acknowledged.fact}`)
  if (!isMember) return judged('notMember', 'is no member of the conversation, so it is not sent to him')
  if (route.kind === 'inboxes' && route.n === undefined) {
    return judged(
      'beforeJoining',
      'was no member when it was sent: it has no number in his inbox, and is in the history',
    )
  }
  if (devices.length === 0)
    return judged('offline', `has no session here${lastSeen(facts.lastSeenMs)}; it waits in the log`)
  const others = devices.filter(({ verdict }) => verdict !== 'ownMessage')
  const [worst] = (others.length > 0 ? others : devices).toSorted((a, b) => rank(a.verdict) - rank(b.verdict))
  return judged(worst?.verdict ?? 'offline', `${worst?.device}: ${worst?.fact}`)
}

function stepsOf(facts: MessageFacts, devices: readonly DeviceWhy[], verdict: WhyVerdict): Why['steps'] {
  const { message, read, isMember } = facts
  const isPushed = devices.some(({ verdict: each }) => each === 'pushed' || each === 'acknowledged')
  const isAcknowledged = verdict === 'acknowledged'
  const isFor = isMember && verdict !== 'beforeJoining'
  const device = Math.max(0, ...devices.map(({ delivered }) => delivered))
  return [
    {
      step: 'persisted',
      done: true,
      fact: `seq ${message.seq} of the log, since ${new Date(message.atMs).toISOString()}`,
    },
    { step: 'routed', ...routed(facts) },
    {
      step: 'pushed',
      done: isFor ? isPushed || isAcknowledged : undefined,
      fact:
        devices.length === 0
          ? 'no session here'
          : devices.map((each) => `${each.device}: ${each.verdict}`).join(', '),
    },
    { step: 'acknowledged', done: isFor ? isAcknowledged : undefined, fact: `devices hold up to ${device}` },
    { step: 'read', done: isFor ? read >= message.seq : undefined, fact: `read up to ${read}` },
  ]
}

function routed({ route, isMember, message }: MessageFacts): { done: boolean | undefined; fact: string } {
  if (route.kind === 'inboxes') {
    if (route.n !== undefined) return { done: true, fact: `number ${route.n} of the inbox` }
    return { done: isMember ? false : undefined, fact: 'in no inbox of the user' }
  }
  const { topic, published, relay } = route
  if (published === undefined) return { done: undefined, fact: `topic ${topic}: nobody listens on this node` }
  return {
    done: published >= message.seq,
    fact: `topic ${topic}: published up to ${published}, relay ${relay}`,
  }
}

function rank(verdict: WhyVerdict): number {
  return WHY_VERDICTS.indexOf(verdict)
}

function lastSeen(ms: number | undefined): string {
  return ms === undefined ? '' : ` (last seen ${new Date(ms).toISOString()})`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`
}
