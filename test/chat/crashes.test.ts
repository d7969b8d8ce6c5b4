/** Actors of a node that die one by one while people talk: who notices, and what is lost. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Answer } from './http.ts'
import { checkHistory, historyOf, Talker } from './load.ts'
import { LocalServer } from './local-server.ts'
import { pair, person, range } from './people.ts'
import { expectOp, newId, RawClient } from './raw-client.ts'

let server: LocalServer
before(async () => {
  server = await LocalServer.start()
})
after(() => server.stop())

describe('a session whose actor dies', () => {
  it('gets a new one and a resync while its socket stays open, and misses nothing', async () => {
    const { alice, bob, dm } = await pair(server.url)
    await alice.say(dm, 'before')
    await bob.until(dm, 1)
    await killAll('session')
    await Promise.all([alice.next('resync'), bob.next('resync')])
    const inbox = expectOp(await bob.request({ op: 'sync', after: 1, limit: 10 }), 'inbox')
    assert.deepEqual(inbox.messages, [])
    await alice.say(dm, 'after')
    await bob.until(dm, 2)
    await Promise.all([alice.leave(), bob.leave()])
  })

  it('three times in 60 s is closed with 4000, may resume, and nobody else notices', async () => {
    const { bob, b, dm } = await pair(server.url)
    for (const _ of [1, 2]) {
      await killAll('session')
      await bob.next('resync')
    }
    const carol = await person(server.url, 'carol').online()
    await killAll('session')
    assert.equal(await bob.closeCode(), 4000)
    await carol.next('resync')
    await carol.settle()
    const again = await RawClient.connect(server.url)
    const ready = bob.log.find((frame) => frame.op === 'ready')
    assert.ok(ready?.op === 'ready')
    const { session, resume } = ready
    expectOp(await again.request({ op: 'resume', token: b.token, session, resume, cursors: {} }), 'resumed')
    await again.say(dm, 'back')
    await Promise.all([again.leave(), carol.leave()])
  })
})

for (const type of ['conversation', 'conversations', 'guild', 'relay', 'relays', 'users']) {
  it(`when all actors of type ${type} die under load, no socket closes and nothing acknowledged is lost`, async () => {
    const { alice, bob, a, b, dm } = await pair(server.url)
    const { id, channel } = await a.http.guild('Chess')
    await a.http.put(`/v1/guilds/${id}/members/${b.name}`)
    await bob.next('guild.added')
    const talkers = [new Talker(alice, dm), new Talker(bob, channel)]
    for (const _ of range(1, 3)) {
      await Promise.all(talkers.map((talker) => talker.another()))
      await killAll(type)
      await Promise.all(talkers.map((talker) => talker.another()))
    }
    await Promise.all(talkers.map((talker) => talker.stop()))
    for (const { acknowledged } of talkers) {
      const conversation = acknowledged[0]?.conversation ?? ''
      checkHistory(await historyOf(server.url, a.name, conversation), acknowledged)
    }
    const last = talkers.map(({ acknowledged }) => acknowledged.at(-1)?.seq ?? 0)
    await Promise.all([bob.until(dm, last[0] ?? 0), alice.until(channel, last[1] ?? 0)])
    const pushed = alice.messages(channel).map(({ seq }) => seq)
    assert.deepEqual(pushed, range(1, last[1] ?? 0), 'a channel message was not pushed, or twice')
    assert.ok(alice.isOpen && bob.isOpen)
    await Promise.all([alice.leave(), bob.leave()])
  })
}

it('an HTTP request whose actor dies is answered with 500 INTERNAL, and the next one is served', async () => {
  const { alice, bob, a, dm } = await pair(server.url)
  const path = `/v1/conversations/${dm}/messages`
  let answers: Answer[] = []
  // Which requests the kill finds at work is a matter of a millisecond.
  for (let round = 1; round <= 50 && !answers.some(({ status }) => status === 500); round++) {
    const posts = range(1, 20).map(() => a.http.post(path, { id: newId(), body: 'x' }))
    const dying = (async () => {
      for (const _ of range(1, 5)) await killAll('api-request')
    })()
    answers = await Promise.all(posts)
    await dying
  }
  const failed = answers.filter(({ status }) => status !== 200 && status !== 201)
  assert.ok(failed.length > 0, 'no request was at work when its actor was to die')
  for (const { status, body } of failed) assert.deepEqual([status, body.code], [500, 'INTERNAL'])
  assert.equal((await a.http.get(path)).status, 200)
  await Promise.all([alice.leave(), bob.leave()])
})

/** Kills all actors of a type on all threads; some may have ended by themselves meanwhile. */
async function killAll(type: string): Promise<void> {
  const { inspector } = server.server.node
  const { actors } = await inspector.snapshot()
  const victims = actors.filter((actor) => actor.type === type)
  const kills = await Promise.allSettled(victims.map(({ ref }) => inspector.kill(ref)))
  for (const kill of kills) {
    if (kill.status === 'rejected') assert.equal((kill.reason as { code?: string }).code, 'ACTOR_GONE')
  }
}
