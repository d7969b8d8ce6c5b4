/**
 * What operators do: each command tells first what it touches, and with `dryRun` does no more than that.
 */

import { CLOSE } from '../../protocol/index.ts'
import { userKey } from '../../storage/index.ts'
import type { Session } from '../session-table.ts'
import { actorTarget } from './actor-target.ts'
import type { AdminNode } from './admin-node.ts'
import { blastOf, blastOfPause, blastOfSessions } from './blast.ts'
import { user } from './chat-commands.ts'
import type { BlastRadius } from './chat-rows.ts'
import { type Caller, call } from './command.ts'
import { bad, flag, Refusal, required, text, whole } from './params.ts'
import { timed } from './pieces.ts'
import { findSession } from './session-search.ts'

const TIMEOUT_MS = 1_000
const NAME_CHARS_MAX = 256
const TYPES_MAX = 20

const target = required(text(NAME_CHARS_MAX))
const thread = required(whole(0, 255))
const writeFields = { dryRun: flag, reason: text(200) }

export function writeCommands(admin: AdminNode) {
  return {
    kill: onActor(admin, 'kill'),
    suspend: onActor(admin, 'suspend'),
    resume: onActor(admin, 'resume'),
    kick: call('kick', {
      fields: { ...writeFields, user, tenant: user, session: text(64) },
      rights: 'write',
      async run(params, caller) {
        const sessions = await kicked(admin, caller, params)
        const blast = blastOfSessions(sessions)
        const effect = `${counted(sessions.length, 'session')} of ${counted(blast.members, 'user')} end; to come back, a client has to identify anew`
        if (params.dryRun) return { done: false, effect, blast }
        for (const session of sessions) kick(admin, session)
        return { done: true, effect, blast }
      },
    }),
    drain: call('drain', {
      fields: writeFields,
      rights: 'write',
      async run({ dryRun }, caller) {
        const blast = await blastOfAll(admin, caller)
        const { drainMs } = admin.settings
        const effect = `${counted(blast.sessions, 'session')}: all clients are sent away over up to ${drainMs} ms, then the node stops`
        if (!dryRun) setImmediate(() => admin.drain()) // the answer first
        return { done: !dryRun, effect, blast }
      },
    }),
    'restart-thread': call('restart-thread', {
      fields: { ...writeFields, thread },
      rights: 'write',
      async run({ dryRun, thread: on }, caller) {
        if (on < 1 || on > admin.settings.threads) throw noThread(admin, on)
        const blast = await blastOf(admin, { thread: on }, caller)
        const effect = `thread ${on} ends with ${counted(blast.actors, 'actor')} and starts anew; sockets stay open, ${counted(blast.sessions, 'session')} start again`
        if (!dryRun) admin.node().restartThread(on)
        return { done: !dryRun, effect, blast }
      },
    }),
  }
}

function onActor(admin: AdminNode, verb: 'kill' | 'suspend' | 'resume') {
  return call(verb, {
    fields: { ...writeFields, target },
    rights: 'write',
    async run({ dryRun, target: of }, caller) {
      const { inspector } = admin.node()
      const found = await actorTarget(admin.node(), of, caller.spend)
      const actor = await inspector.info(found, { timeoutMs: TIMEOUT_MS })
      const { ref, type, name, state } = actor
      const who = `${type} ${ref}${name === undefined ? '' : ` (${name})`}`
      if (verb !== 'resume' && admin.node().isVital(ref)) throw vital(verb, who)
      const blast = await (verb === 'kill' ? blastOf(admin, ref, caller) : blastOfPause(admin, actor, caller))
      const effect = effectOf(verb, who, blast, state)
      if (!dryRun) await inspector[verb](ref, { timeoutMs: TIMEOUT_MS })
      return { done: !dryRun, effect, blast }
    },
  })
}

function effectOf(
  verb: 'kill' | 'suspend' | 'resume',
  who: string,
  blast: BlastRadius,
  state: string,
): string {
  if (verb === 'suspend')
    return `${who} takes no more messages until it is resumed; they wait, up to its bound`
  if (verb === 'resume') {
    if (state !== 'suspended') return `${who} is ${state} and not suspended: nothing changes`
    return `${who} takes messages again`
  }
  const others = blast.actors - 1
  return `${who} ends at once${others > 0 ? `, and ${counted(others, 'other')} with it` : ''}; supervisors start again what they keep, while their restarts last`
}

function vital(verb: 'kill' | 'suspend', who: string): Refusal {
  const fact =
    verb === 'kill'
      ? 'the whole node would go down and cut its clients off; use `drain`'
      : 'nothing that crashes would be started again'
  return new Refusal('BAD_REQUEST', `Cannot ${verb} ${who}: ${fact}`)
}

// --- sessions ---

interface KickParams {
  readonly user: string | undefined
  readonly tenant: string | undefined
  readonly session: string | undefined
}

async function kicked(admin: AdminNode, caller: Caller, params: KickParams): Promise<readonly Session[]> {
  const { user: of, tenant, session } = params
  if ((of === undefined) === (session === undefined))
    throw bad('user', 'or session must be given, and not both')
  if (of !== undefined) {
    const sessions = [...admin.gateway.sessions.of(userKey(tenant ?? '', of))]
    if (sessions.length === 0) throw new Refusal('NOT_FOUND', 'Cannot kick the user: he has no session here')
    return sessions
  }
  const found = await findSession(admin, caller.spend, session as string)
  if (found === undefined)
    throw new Refusal('NOT_FOUND', 'Cannot kick the session: there is none of this name here')
  return [found]
}

/** Ends a session for good: neither its ticket nor its socket works any more. */
function kick({ gateway }: AdminNode, session: Session): void {
  const { connection } = session
  gateway.sessions.end(session)
  if (connection === undefined) return
  const message = 'Cannot go on: an operator has ended this session'
  gateway.connections.fail(connection, { code: 'FORBIDDEN', message })
  gateway.connections.close(connection, CLOSE.tokenRefused)
}

async function blastOfAll(admin: AdminNode, caller: Caller): Promise<BlastRadius> {
  const sessions = [...admin.gateway.sessions.all()]
  const ofThreads = await Promise.all(
    Array.from({ length: admin.settings.threads }, (_, index) =>
      blastOf(admin, { thread: index + 1 }, caller),
    ),
  )
  const sum = (key: 'actors' | 'conversations' | 'guilds' | 'monitors'): number =>
    ofThreads.reduce((total, blast) => total + blast[key], 0)
  return {
    ...timed(caller.spend, () => blastOfSessions(sessions)),
    actors: sum('actors'),
    types: mergedTypes(ofThreads),
    conversations: sum('conversations'),
    guilds: sum('guilds'),
    monitors: sum('monitors'),
    complete: ofThreads.every(({ complete }) => complete),
  }
}

function mergedTypes(blasts: readonly BlastRadius[]): BlastRadius['types'] {
  const counts = new Map<string, number>()
  for (const { types } of blasts) {
    for (const { type, count } of types) counts.set(type, count + (counts.get(type) ?? 0))
  }
  return Array.from(counts, ([type, count]) => ({ type, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, TYPES_MAX)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function noThread({ settings }: AdminNode, on: number): Refusal {
  const fact = on === 0 ? 'the main thread cannot be restarted' : `there are threads 1 to ${settings.threads}`
  return new Refusal('NOT_FOUND', `Cannot restart thread ${on}: ${fact}`)
}
