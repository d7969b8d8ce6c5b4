/** protocol.md, the HTTP API, against a node in its own process. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Http } from './http.ts'
import { pair, person, range } from './people.ts'
import { newId, within } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import { inSeconds, signed } from './tokens.ts'

const NOWHERE = '123456789012345678'

let server: ServerProcess
let url: string
before(async () => {
  server = await ServerProcess.start({ settings: {} })
  url = server.url
})
after(() => server.dispose())

describe('without a token', () => {
  it('health, readiness and metrics are open', async () => {
    const open = new Http(url)
    assert.equal((await open.get('/healthz')).status, 200)
    assert.equal((await open.get('/readyz')).status, 200)
    const metrics = await open.get('/metrics')
    assert.equal(metrics.status, 200)
    assert.match(String(metrics.body.text), /^# (HELP|TYPE) /m)
  })

  it('everything else is 401, also with a token that is expired, forged or in the URL', async () => {
    const sub = person(url, 'alice').name
    const tokens = [
      undefined,
      '',
      'nonsense',
      signed({ sub, exp: inSeconds(-60) }),
      signed({ sub, exp: inSeconds(60) }, { secret: 'another-secret-another-secret-12' }),
    ]
    for (const token of tokens) {
      for (const path of [`/v1/conversations/${NOWHERE}`, `/v1/guilds/${NOWHERE}`, '/v1/gateway']) {
        const answer = await new Http(url, token).get(path)
        assert.deepEqual([answer.status, answer.body.code], [401, 'AUTH_FAILED'], path)
      }
    }
    const inUrl = `/v1/conversations/${NOWHERE}?token=${signed({ sub, exp: inSeconds(60) })}`
    assert.equal((await new Http(url).get(inUrl)).status, 401)
  })
})

describe('a user', () => {
  it('is online while he has a connection, offline at once when he leaves, and last seen then', async () => {
    const { alice, bob, a, b, dm } = await pair(url)
    const presence = async () => (await a.http.get(`/v1/users/${b.name}`)).body
    assert.deepEqual(await presence(), { id: b.name, online: true })
    const tablet = await b.online({ device: 'tablet' })
    await bob.leave()
    assert.equal((await presence()).online, true)
    const before = Date.now()
    await tablet.leave()
    // Whoever asks over another socket may be faster than the end of this one.
    const gone = async () => {
      let now = await presence()
      while (now.online) now = await presence()
      return now
    }
    const { lastSeen } = await within('bob to be offline', gone())
    assert.ok(Number(lastSeen) >= before && Number(lastSeen) <= Date.now())
    const again = await b.online({ device: 'tablet' })
    assert.deepEqual(await presence(), { id: b.name, online: true, lastSeen })
    assert.equal(typeof dm, 'string')
    await Promise.all([alice.leave(), again.leave()])
  })

  it('is nobody to those who share nothing with him', async () => {
    const { alice, bob, b } = await pair(url)
    const stranger = person(url, 'stranger')
    for (const user of [b.name, 'never-was-here']) {
      const answer = await stranger.http.get(`/v1/users/${user}`)
      assert.deepEqual([answer.status, answer.body.code], [404, 'NOT_FOUND'])
    }
    assert.equal((await stranger.http.get(`/v1/users/${stranger.name}`)).body.online, false)
    await Promise.all([alice.leave(), bob.leave()])
  })
})

describe('the gateway call', () => {
  it('names a url that a client can connect to, and the node', async () => {
    const alice = person(url, 'alice')
    const { status, body } = await alice.http.get('/v1/gateway')
    assert.equal(status, 200)
    assert.match(String(body.url), /^wss?:\/\//)
    assert.equal(typeof body.node, 'string')
  })
})

describe('conversations', () => {
  it('a 1:1 is created once: 201, then 200 with the same id, from both sides and at once', async () => {
    const [alice, bob] = [person(url, 'alice'), person(url, 'bob')]
    const first = await alice.http.post('/v1/conversations', { kind: 'dm', user: bob.name })
    assert.equal(first.status, 201)
    assert.equal(first.body.kind, 'dm')
    assert.deepEqual([...(first.body.members as string[])].sort(), [alice.name, bob.name].sort())
    const again = await bob.http.post('/v1/conversations', { kind: 'dm', user: alice.name })
    assert.deepEqual([again.status, again.body.id], [200, first.body.id])
    const [carol, dave] = [person(url, 'carol'), person(url, 'dave')]
    const race = await Promise.all(
      range(1, 10).map((i) =>
        (i % 2 ? carol : dave).http.post('/v1/conversations', {
          kind: 'dm',
          user: (i % 2 ? dave : carol).name,
        }),
      ),
    )
    assert.equal(new Set(race.map(({ body }) => body.id)).size, 1)
    assert.equal(race.filter(({ status }) => status === 201).length, 1)
  })

  it('a group has its members and its head, for members only', async () => {
    const [alice, bob, eve] = [person(url, 'alice'), person(url, 'bob'), person(url, 'eve')]
    const id = await alice.http.group([bob.name])
    await alice.http.post(`/v1/conversations/${id}/messages`, { id: newId(), body: 'hi' })
    const got = await bob.http.get(`/v1/conversations/${id}`)
    assert.deepEqual([got.status, got.body.id, got.body.kind, got.body.head], [200, id, 'group', 1])
    assert.deepEqual([...(got.body.members as string[])].sort(), [alice.name, bob.name].sort())
    for (const path of ['', '/messages?after=0']) {
      assert.ok([403, 404].includes((await eve.http.get(`/v1/conversations/${id}${path}`)).status))
    }
    const post = await eve.http.post(`/v1/conversations/${id}/messages`, { id: newId(), body: 'x' })
    assert.ok([403, 404].includes(post.status))
    assert.ok([403, 404].includes((await eve.http.put(`/v1/conversations/${id}/members/${eve.name}`)).status))
    assert.ok(
      [403, 404].includes((await eve.http.delete(`/v1/conversations/${id}/members/${bob.name}`)).status),
    )
  })

  it('members come and go with 204, twice as well as once', async () => {
    const [alice, bob, carol] = [person(url, 'alice'), person(url, 'bob'), person(url, 'carol')]
    const id = await alice.http.group([bob.name])
    const path = `/v1/conversations/${id}/members/${carol.name}`
    for (const _ of [1, 2]) assert.equal((await alice.http.put(path)).status, 204)
    assert.equal((await carol.http.get(`/v1/conversations/${id}`)).status, 200)
    for (const _ of [1, 2]) assert.equal((await alice.http.delete(path)).status, 204)
    assert.ok([403, 404].includes((await carol.http.get(`/v1/conversations/${id}`)).status))
  })

  it('messages posted here are those of the sockets, with the same ids and conflicts', async () => {
    const { alice, bob, a, dm } = await pair(url)
    const id = newId()
    const path = `/v1/conversations/${dm}/messages`
    const posted = await a.http.post(path, { id, body: 'over http' })
    assert.ok([200, 201].includes(posted.status))
    assert.deepEqual(
      [posted.body.to, posted.body.id, posted.body.seq, posted.body.duplicate],
      [dm, id, 1, false],
    )
    const [b, own] = await Promise.all([bob.next('message'), alice.next('message')])
    assert.deepEqual(
      [b.body, b.messageId, own.messageId],
      ['over http', posted.body.messageId, posted.body.messageId],
    )
    const again = await a.http.post(path, { id, body: 'over http' })
    assert.deepEqual([again.body.seq, again.body.duplicate], [1, true])
    assert.deepEqual((await alice.say(dm, 'over http', { id })).duplicate, true)
    const conflict = await a.http.post(path, { id, body: 'changed' })
    assert.deepEqual([conflict.status, conflict.body.code], [409, 'CONFLICT'])
    await Promise.all([alice.leave(), bob.leave()])
  })

  it('messages are read in pages forward and backward', async () => {
    const { alice, bob, b, dm } = await pair(url)
    for (const i of range(1, 12)) await alice.say(dm, `m${i}`)
    const read = async (query: string): Promise<[number[], unknown]> => {
      const { body } = await b.http.get(`/v1/conversations/${dm}/messages?${query}`)
      return [(body.messages as { seq: number }[]).map(({ seq }) => seq), body.more]
    }
    assert.deepEqual(await read('after=0&limit=5'), [range(1, 5), true])
    assert.deepEqual(await read('after=8&limit=5'), [range(9, 12), false])
    assert.deepEqual(await read('before=4&limit=5'), [range(1, 3), false])
    await Promise.all([alice.leave(), bob.leave()])
  })
})

describe('guilds', () => {
  it('are created with one channel, count their members, and get more channels', async () => {
    const [alice, bob] = [person(url, 'alice'), person(url, 'bob')]
    const made = await alice.http.post('/v1/guilds', { name: 'Chess' })
    assert.deepEqual([made.status, made.body.name, made.body.owner], [201, 'Chess', alice.name])
    assert.deepEqual(
      (made.body.channels as { name: string }[]).map(({ name }) => name),
      ['general'],
    )
    const path = `/v1/guilds/${made.body.id}`
    assert.equal((await alice.http.put(`${path}/members/${bob.name}`)).status, 204)
    assert.equal((await alice.http.post(`${path}/channels`, { name: 'openings' })).status, 201)
    const got = await bob.http.get(path)
    assert.deepEqual([got.status, got.body.members], [200, 2])
    assert.equal((got.body.channels as unknown[]).length, 2)
    assert.equal((await bob.http.delete(`${path}/members/${bob.name}`)).status, 204)
    assert.equal((await alice.http.get(path)).body.members, 1)
  })

  it('let only their owner add others, remove others, or make channels', async () => {
    const [alice, bob, carol] = [person(url, 'alice'), person(url, 'bob'), person(url, 'carol')]
    const { id } = await alice.http.guild('Chess')
    const path = `/v1/guilds/${id}`
    await alice.http.put(`${path}/members/${bob.name}`)
    assert.equal((await bob.http.put(`${path}/members/${carol.name}`)).status, 403)
    assert.equal((await bob.http.delete(`${path}/members/${alice.name}`)).status, 403)
    assert.equal((await bob.http.post(`${path}/channels`, { name: 'mine' })).status, 403)
  })
})

describe('a bad request', () => {
  it('gets a fitting status and { code, message }, never silence', async () => {
    const { http } = person(url, 'alice')
    const cases: readonly [string, string, string | undefined, number, Record<string, string>?][] = [
      ['GET', '/v1/nothing', undefined, 404],
      ['GET', `/v1/conversations/${NOWHERE}`, undefined, 404],
      ['GET', '/v1/conversations/not-an-id', undefined, 404],
      ['GET', `/v1/guilds/${NOWHERE}`, undefined, 404],
      ['POST', '/v1/conversations', '{', 400],
      ['POST', '/v1/conversations', '[]', 400],
      ['POST', '/v1/conversations', '{}', 400],
      ['POST', '/v1/conversations', '{"kind":"dm"}', 400],
      ['POST', '/v1/conversations', '{"kind":"dm","user":5}', 400],
      ['POST', '/v1/conversations', '{"kind":"channel","members":[]}', 400],
      ['POST', '/v1/conversations', '{"kind":"group","members":"bob"}', 400],
      ['POST', '/v1/guilds', '{"name":""}', 400],
      ['POST', `/v1/conversations/${NOWHERE}/messages`, '{"id":"a","body":"x"}', 404],
      ['POST', '/v1/conversations', 'x'.repeat(600_000), 413],
    ]
    for (const [method, path, body, status, headers] of cases) {
      const answer = await http.call(method, path, body, headers)
      assert.equal(answer.status, status, `${method} ${path} ${body?.slice(0, 60)}`)
      assert.equal(typeof answer.body.code, 'string', `${method} ${path}`)
      assert.equal(typeof answer.body.message, 'string', `${method} ${path}`)
    }
  })
})
