/** A node whose store is full: who is told what, what still works, and what is there once it may grow. */

import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { LocalServer } from './local-server.ts'
import { type Person, pair, personCalled } from './people.ts'
import { expectOp, newId, type RawClient } from './raw-client.ts'
import type { FrameOf } from './wire.ts'

const BODY = 'x'.repeat(4_000)

let server: LocalServer
let people: Awaited<ReturnType<typeof pair>>
let acknowledged = 0
let refusal: FrameOf<'error'>
before(async () => {
  server = await LocalServer.start({ mapSizeMb: 2 })
  people = await pair(server.url)
  const before = await people.a.http.get('/readyz')
  assert.equal(before.status, 200)
  refusal = await fill(people.alice, people.dm)
})
after(() => server.stop())

it('a send is UNAVAILABLE with a time to repeat, over HTTP 503 with Retry-After, and the socket stays', async () => {
  const { a, alice, dm } = people
  assert.equal(refusal.code, 'UNAVAILABLE')
  assert.ok((refusal.retryAfterMs ?? 0) > 0)
  const posted = await a.http.post(`/v1/conversations/${dm}/messages`, { id: newId(), body: BODY })
  assert.deepEqual([posted.status, posted.body.code], [503, 'UNAVAILABLE'])
  assert.match(posted.headers.get('retry-after') ?? '', /^[1-9]/)
  await alice.settle()
})

it('health and readiness say 503', async () => {
  for (const path of ['/healthz', '/readyz']) {
    const answer = await untilStatus(people.a, path, 503)
    assert.match(String(answer.body.message), /the store takes no writes/)
  }
})

it('all that was acknowledged is read there, and after a start with a larger map, which takes more', async () => {
  const { bob, a, b, dm } = people
  await bob.until(dm, acknowledged)
  const page = expectOp(await bob.request({ op: 'history', conversation: dm, limit: 1 }), 'page')
  assert.equal(page.messages[0]?.seq, acknowledged)
  await server.stop({ keepData: true })
  server = await LocalServer.start({ data: server.data, mapSizeMb: 16 })
  const [a2, b2] = [personCalled(server.url, a.name), personCalled(server.url, b.name)]
  assert.equal((await untilStatus(a2, '/readyz', 200)).status, 200)
  const again = await b2.online({ cursors: { conversations: { [dm]: acknowledged } } })
  const alice = await a2.online()
  const { seq } = await alice.say(dm, 'there is room again')
  assert.equal(seq, acknowledged + 1)
  await again.until(dm, seq)
  await Promise.all([again.leave(), alice.leave()])
})

/** Sends until one is refused. */
async function fill(client: RawClient, to: string): Promise<FrameOf<'error'>> {
  for (;;) {
    const answer = await client.request({ op: 'send', to, id: newId(), body: BODY })
    if (answer.op !== 'sent') return expectOp(answer, 'error')
    acknowledged = answer.seq
  }
}

/** An answer about the store is a second old at most. */
async function untilStatus({ http }: Person, path: string, status: number) {
  const deadline = Date.now() + 10_000
  for (;;) {
    const answer = await http.get(path)
    if (answer.status === status || Date.now() > deadline) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
