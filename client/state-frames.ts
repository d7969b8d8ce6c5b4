/** What each frame of the server means. Answers a loss if the socket must be left after it. */

import type { ConversationEntry, GuildEntry, Message, ServerFrame, ServerFrameOf } from '../protocol/index.ts'
import { ClientError, refused } from './errors.ts'
import type { ChatMessage } from './events.ts'
import { saveSoon } from './state-cursors.ts'
import { createInbox, sawNumber, syncDone } from './state-inbox.ts'
import { noteMove, wentOnline } from './state-link.ts'
import { greet, identify } from './state-online.ts'
import { forgetAll, refuse } from './state-outbox.ts'
import { delayPulls, REPLAY_GRACE_MS, requestRefused, takeRequest } from './state-requests.ts'
import { confirm, confirmByMessage, forgetStored, sentOf } from './state-send.ts'
import {
  abandon,
  createTimeline,
  noteHead,
  pageDone,
  probe,
  receive,
  type Timeline,
} from './state-timeline.ts'
import type { HistoryStart, State, Turn } from './state-types.ts'
import { CLOSE, INBOX_MEMBERS_MAX } from './wire.ts'

export interface Loss {
  readonly code: number
  readonly reason: string
}

export function handleFrame(state: State, frame: ServerFrame, turn: Turn): Loss | null {
  state.link.lastFrameAt = turn.now
  switch (frame.op) {
    case 'hello':
      greet(state, frame, turn)
      return null
    case 'ready':
      ready(state, frame, turn)
      return null
    case 'resumed':
      resumed(state, frame, turn)
      return null
    case 'reconnect':
      noteMove(state.link, frame, turn.now)
      return null
    case 'resync':
      resync(state, turn)
      return null
    case 'error':
      return failed(state, frame, turn)
    default:
      if (state.link.phase === 'online') handleOnline(state, frame, turn)
      return null
  }
}

function handleOnline(state: State, frame: ServerFrame, turn: Turn): void {
  switch (frame.op) {
    case 'sent': {
      const message = confirm(state, sentOf(frame), turn)
      if (message) takeIn(state, message, turn)
      return
    }
    case 'message': {
      const { op: _, ...message } = frame
      return takeIn(state, message, turn)
    }
    case 'page':
      return page(state, frame, turn)
    case 'inbox':
      return inbox(state, frame, turn)
    case 'lagged':
      return expectUpTo(state, timelineOf(state, frame.conversation, frame.from - 1), frame.to, turn.now)
    case 'receipt': {
      const { op: _, ...receipt } = frame
      turn.effects.push({ type: 'emit', name: 'receipt', event: receipt })
      return
    }
    case 'typing': {
      const { op: _, ...typing } = frame
      turn.effects.push({ type: 'emit', name: 'typing', event: typing })
      return
    }
    default:
      directoryChanged(state, frame, turn)
  }
}

function ready(state: State, frame: ServerFrameOf<'ready'>, turn: Turn): void {
  const { distrustCursors } = state.link
  state.user = frame.user.id
  wentOnline(state.link, frame.session, frame.resume, turn.now)
  state.conversations.clear()
  state.guilds.clear()
  for (const entry of frame.conversations) addConversation(state, entry, turn, REPLAY_GRACE_MS)
  for (const guild of frame.guilds) addGuild(state, guild, turn, REPLAY_GRACE_MS)
  if (distrustCursors) {
    for (const { id, head } of frame.conversations) takeBack(state, id, head, turn)
    for (const { id, head } of frame.guilds.flatMap((guild) => guild.channels))
      takeBack(state, id, head, turn)
  }
  // The heads above say what misses in every conversation, so nothing is lost by believing the inbox to be read.
  Object.assign(
    state.inbox,
    createInbox(distrustCursors ? frame.inbox : Math.max(state.inbox.cursor, frame.inbox)),
  )
  delayPulls(state, turn.now)
  saveSoon(state, turn.now)
  turn.effects.push({ type: 'emit', name: 'status', event: { status: 'online', resumed: false } })
  const event = { user: frame.user.id, device: state.settings.device }
  turn.effects.push({ type: 'emit', name: 'ready', event })
}

function resumed(state: State, frame: ServerFrameOf<'resumed'>, turn: Turn): void {
  wentOnline(state.link, frame.session, frame.resume, turn.now)
  delayPulls(state, turn.now)
  for (const id of state.untold) lookFor(state, state.timelines.get(id), turn.now + REPLAY_GRACE_MS)
  turn.effects.push({ type: 'emit', name: 'status', event: { status: 'online', resumed: true } })
}

/** The session lost its memory: repeat what is unanswered, ask for what may be missing. */
function resync(state: State, turn: Turn): void {
  forgetAll(state.outbox)
  state.inbox.syncAt = turn.now
  for (const timeline of state.timelines.values()) {
    if (!isInInbox(state.conversations.get(timeline.id))) lookFor(state, timeline, turn.now)
  }
}

/** Members of 1:1s and small groups find every message in their inbox; the rest is asked for by conversation. */
function isInInbox(entry: ConversationEntry | undefined): boolean {
  const members = entry?.members?.length ?? Number.POSITIVE_INFINITY
  return entry?.kind !== 'channel' && members <= INBOX_MEMBERS_MAX
}

function failed(state: State, frame: ServerFrameOf<'error'>, turn: Turn): Loss | null {
  const { link } = state
  if (frame.retryAfterMs !== undefined) link.askedWaitMs = Math.max(link.askedWaitMs, frame.retryAfterMs)
  if (link.phase === 'identifying' || link.phase === 'resuming') return introductionFailed(state, frame, turn)
  const outcome = refuse(state.outbox, frame, turn.now, turn.random)
  if (outcome.kind === 'reject') {
    forgetStored(state, outcome.entry, turn)
    turn.effects.push({ type: 'notSent', id: outcome.entry.id, error: refused(frame) })
    return null
  }
  if (outcome.kind === 'retry') return null
  const request = takeRequest(state, frame.ref)
  if (request) {
    requestRefused(state, request, frame, turn)
    return null
  }
  if (frame.code === 'RATE_LIMITED') {
    state.outbox.pausedUntil = Math.max(state.outbox.pausedUntil, turn.now + (frame.retryAfterMs ?? 0))
  }
  turn.effects.push({ type: 'emit', name: 'error', event: refused(frame) })
  return frame.code === 'NOT_IDENTIFIED' ? { code: CLOSE.notIdentified, reason: frame.message } : null
}

function introductionFailed(state: State, frame: ServerFrameOf<'error'>, turn: Turn): Loss | null {
  if (frame.code === 'SESSION_GONE') {
    identify(state, turn)
    return null
  }
  turn.effects.push({ type: 'emit', name: 'error', event: refused(frame) })
  if (frame.code === 'AUTH_FAILED') return { code: CLOSE.tokenRefused, reason: frame.message }
  if (frame.code === 'BAD_CURSOR') return { code: CLOSE.badTicket, reason: frame.message }
  return { code: CLOSE.internal, reason: frame.message }
}

/** One message, from wherever: into its timeline, and whatever is in order now to the app. */
function takeIn(state: State, message: Message, turn: Turn): void {
  if (message.n !== undefined) sawNumber(state.inbox, message.n, turn.now)
  confirmByMessage(state, message, turn)
  const timeline = timelineOf(state, message.conversation, message.seq - 1)
  hand(state, receive(timeline, message, turn.now), turn)
  keepBusy(state, timeline)
}

function hand(state: State, messages: readonly Message[], turn: Turn): void {
  for (const message of messages) {
    turn.effects.push({ type: 'emit', name: 'message', event: chatMessage(state, message) })
  }
}

function chatMessage(state: State, message: Message): ChatMessage {
  const { n: _, ...rest } = message
  return { ...rest, own: message.author === state.user }
}

function page(state: State, frame: ServerFrameOf<'page'>, turn: Turn): void {
  const request = takeRequest(state, frame.ref)
  if (!request) return
  if (request.purpose === 'app') {
    const messages = frame.messages.map((message) => chatMessage(state, message))
    turn.effects.push({ type: 'page', call: request.call, page: { messages, more: frame.more } })
    return
  }
  const timeline = state.timelines.get(request.conversation)
  if (!timeline) return
  for (const message of bySeq(frame.messages)) takeIn(state, message, turn)
  const lost = pageDone(timeline, request.cursorBefore, frame.more, turn.now)
  if (lost) {
    historyLost(timeline.id, lost.from, lost.to, turn)
    hand(state, lost.ready, turn)
  }
  keepBusy(state, timeline)
}

function inbox(state: State, frame: ServerFrameOf<'inbox'>, turn: Turn): void {
  const request = takeRequest(state, frame.ref)
  if (!request) return
  for (const message of bySeq(frame.messages)) takeIn(state, message, turn)
  const numbers = frame.messages.flatMap(({ n }) => (n === undefined ? [] : [n]))
  const { more, head } = frame
  syncDone(state.inbox, { after: request.cursorBefore, numbers, more, head }, turn.now)
  saveSoon(state, turn.now)
}

function directoryChanged(state: State, frame: ServerFrame, turn: Turn): void {
  switch (frame.op) {
    case 'conversation.added': {
      addConversation(state, frame.conversation, turn, REPLAY_GRACE_MS)
      const event = { change: 'added', conversation: frame.conversation } as const
      turn.effects.push({ type: 'emit', name: 'conversation', event })
      return
    }
    case 'conversation.removed': {
      removeConversation(state, frame.conversation.id)
      const event = { change: 'removed', conversation: frame.conversation } as const
      turn.effects.push({ type: 'emit', name: 'conversation', event })
      return
    }
    case 'guild.added': {
      addGuild(state, frame.guild, turn, REPLAY_GRACE_MS)
      turn.effects.push({ type: 'emit', name: 'guild', event: { change: 'added', guild: frame.guild } })
      return
    }
    case 'guild.removed': {
      for (const channel of state.guilds.get(frame.guild.id)?.channels ?? [])
        removeConversation(state, channel.id)
      state.guilds.delete(frame.guild.id)
      turn.effects.push({ type: 'emit', name: 'guild', event: { change: 'removed', guild: frame.guild } })
      return
    }
    case 'channel.added': {
      const { guild: id, channel } = frame
      const guild = state.guilds.get(id)
      if (guild && !guild.channels.some((known) => known.id === channel.id)) {
        state.guilds.set(id, { ...guild, channels: [...guild.channels, channel] })
      }
      addTimeline(state, channel.id, state.settings.channelHistory, channel.head, turn.now + REPLAY_GRACE_MS)
      turn.effects.push({ type: 'emit', name: 'channel', event: { change: 'added', guild: id, channel } })
      return
    }
    default: // an op of a later version of the protocol
  }
}

function addConversation(state: State, entry: ConversationEntry, turn: Turn, graceMs: number): void {
  state.conversations.set(entry.id, entry)
  const start = entry.kind === 'channel' ? state.settings.channelHistory : state.settings.history
  addTimeline(state, entry.id, start, entry.head, turn.now + graceMs)
}

function addGuild(state: State, guild: GuildEntry, turn: Turn, graceMs: number): void {
  state.guilds.set(guild.id, guild)
  for (const { id, head } of guild.channels) {
    addTimeline(state, id, state.settings.channelHistory, head, turn.now + graceMs)
  }
}

function addTimeline(state: State, id: string, start: HistoryStart, head: number, at: number): void {
  let timeline = state.timelines.get(id)
  if (!timeline) {
    timeline = createTimeline(id, start === 'all' ? 0 : head)
    state.timelines.set(id, timeline)
  }
  expectUpTo(state, timeline, head, at)
}

/** The timeline of a conversation; a new one starts at 0 or, where only news count, at `before`. */
function timelineOf(state: State, id: string, before: number): Timeline {
  const known = state.timelines.get(id)
  if (known) return known
  const isChannel = [...state.guilds.values()].some(({ channels }) => channels.some((one) => one.id === id))
  const start = isChannel ? state.settings.channelHistory : state.settings.history
  const timeline = createTimeline(id, start === 'all' ? 0 : before)
  state.timelines.set(id, timeline)
  return timeline
}

function expectUpTo(state: State, timeline: Timeline, head: number, at: number): void {
  noteHead(timeline, head, at)
  keepBusy(state, timeline)
}

function lookFor(state: State, timeline: Timeline | undefined, at: number): void {
  if (!timeline) return
  probe(timeline, at)
  keepBusy(state, timeline)
}

/** The server refused our cursors and its history is shorter than ours: what it lost is said, and counting goes on from its head. */
function takeBack(state: State, id: string, head: number, turn: Turn): void {
  const timeline = state.timelines.get(id)
  if (!timeline || timeline.cursor <= head) return
  historyLost(id, head + 1, timeline.cursor, turn)
  state.timelines.set(id, createTimeline(id, head))
  state.busy.delete(timeline)
}

function removeConversation(state: State, id: string): void {
  state.conversations.delete(id)
  const timeline = state.timelines.get(id)
  if (timeline) abandon(timeline)
}

function historyLost(conversation: string, from: number, to: number, turn: Turn): void {
  const text = `Cannot read ${conversation} from ${from} to ${to}: the server does not hold it`
  turn.effects.push({ type: 'emit', name: 'error', event: new ClientError('HISTORY_LOST', text) })
}

function keepBusy(state: State, timeline: Timeline): void {
  if (timeline.gapAt !== null) state.busy.add(timeline)
}

function bySeq(messages: readonly Message[]): Message[] {
  return [...messages].sort((a, b) => a.seq - b.seq)
}
