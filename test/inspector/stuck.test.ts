/** The admin channel while a real scheduler thread hangs in an actor that never returns. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AdminClient, connectAdmin } from '../../gateway/admin/index.ts'
import { type FaultMsg, faulty } from '../chat/faulty-actor.ts'
import { LocalServer } from '../chat/local-server.ts'
import { personCalled } from '../chat/people.ts'

/** The watchdog must not end what is to be looked at. */
const STUCK_MS = 120_000

let server: LocalServer
let admin: AdminClient
let hungSinceMs: number
/** One of each thread. */
const users = new Map<number, string>()
let message = ''

before(async () => {
  server = await LocalServer.start({
    threads: 2,
    stuckMs: STUCK_MS,
    module: new URL('../chat/faulty-actor.ts', import.meta.url).href,
  })
  admin = await connectAdmin({ to: server.server.admin.path ?? '' })
  await townOfTwo()
  await hang(1)
})
after(async () => {
  await admin.request('restart-thread', { thread: 1 })
  admin.close()
  await server.stop()
})

/** A user of each thread is online, and the one has written to the other. */
async function townOfTwo(): Promise<void> {
  for (let i = 0; users.size < 2; i++) {
    const user = `u${i}`
    const { thread } = await admin.request('where', { user })
    if (users.has(thread)) continue
    users.set(thread, user)
    await personCalled(server.url, user).online()
  }
  const [stuck, other] = [users.get(1) ?? '', users.get(2) ?? '']
  const { http } = personCalled(server.url, other)
  const id = await http.dm(stuck)
  await http.post(`/v1/conversations/${id}/messages`, { id: 'm1', body: 'are you there?' })
  message = `${id}:1`
}

async function hang(thread: number): Promise<void> {
  const { node } = server.server
  const actor = await node.spawn(faulty, undefined, { placement: { thread }, name: 'culprit' })
  node.send(actor, { type: 'hang' } satisfies FaultMsg)
  hungSinceMs = performance.now()
}

describe('while a thread hangs', () => {
  it('threads names its actor and message within a second', async () => {
    for (;;) {
      const { threads } = await admin.request('threads', {})
      const [main, hung, other] = threads
      if (hung?.answered === false && hung.current !== undefined) {
        const { actor, name, messageType } = hung.current
        assert.deepEqual([actor, name, messageType], ['faulty', 'culprit', 'hang'])
        assert.deepEqual([main?.answered, other?.answered], [true, true])
        break
      }
      assert.ok(performance.now() - hungSinceMs < 1_000, 'it takes longer than a second')
    }
    assert.ok(performance.now() - hungSinceMs < 1_000, 'it takes longer than a second')
  })

  it('threads tells that it is busy all the time, for how long, and what waits in the ring to it', async () => {
    const { node } = server.server
    const users1 = node.whereis<{ type: 'catchUp'; users: string[] }>('users.1')
    assert.ok(users1 !== undefined)
    node.send(users1, { type: 'catchUp', users: ['nobody'] })
    for (;;) {
      const { threads } = await admin.request('threads', {})
      const hung = threads[1]
      assert.equal(hung?.answered, false)
      if (hung.busy < 0.95 || hung.ringIn.usedBytes === 0) continue
      assert.equal(hung.ringIn.peer, 0)
      assert.ok((hung.current?.forMs ?? 0) > 0 && hung.lagMs >= (hung.current?.forMs ?? 0))
      assert.ok((threads[2]?.busy ?? 1) < 0.95)
      break
    }
  })

  it('tree and top answer with the other threads, and say what the one is busy with', async () => {
    const tree = await admin.request('tree', {})
    assert.equal(tree.truncated, true)
    assert.match(tree.silent[0]?.busyWith ?? '', /^faulty <1\.\d+\.\d+> handling 'hang' for \d+\.\d s$/)
    assert.ok(tree.rows.some((row) => row.kind === 'actor' && row.actor.name === 'users.2'))
    const top = await admin.request('top', {})
    assert.ok(top.rows.length > 0)
    assert.deepEqual(
      top.silent.map(({ thread }) => thread),
      [1],
    )
  })

  it('an actor of that thread is a TIMEOUT that names the culprit', async () => {
    await assert.rejects(admin.request('info', { target: 'users.1' }), {
      code: 'TIMEOUT',
      message: /no answer within \d+ ms, busy with faulty <1\.\d+\.\d+> \(hang\)/,
    })
  })

  it('a word that nobody answers to is a TIMEOUT too: it may be on that thread', async () => {
    for (const kind of ['info', 'kill'] as const) {
      await assert.rejects(admin.request(kind, { target: 'faulty' }), {
        code: 'TIMEOUT',
        message: /"faulty": .* on the threads that answer, and thread 1 gives no answer/,
      })
    }
  })

  it('why says threadStuck and what it is stuck in', async () => {
    const { verdict, text } = await admin.request('why', { user: users.get(1) ?? '', message })
    assert.equal(verdict, 'threadStuck')
    assert.match(text, /faulty <1\.\d+\.\d+> handling 'hang'/)
  })

  it('where still tells the sessions, and doctor the trouble with its fix', async () => {
    const { sessions } = await admin.request('where', { user: users.get(1) ?? '' })
    assert.equal(sessions.length, 1)
    const { findings } = await admin.request('doctor', {})
    const finding = findings.find(({ check }) => check === 'thread 1')
    assert.deepEqual([finding?.level, finding?.fix], ['fail', 'wait for the watchdog, or `restart-thread 1`'])
  })

  it('a dry run of its restart tells the sessions all the same', async () => {
    const { blast } = await admin.request('restart-thread', { thread: 1, dryRun: true })
    assert.deepEqual([blast.sessions, blast.complete], [1, false])
  })
})
