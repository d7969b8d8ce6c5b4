/** protocol.md, messages: sending, replay, pages, receipts, typing, against a node in its own process. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pair, person, range } from './people.ts'
import { type Codec, expectOp, newId, type RawClient } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import type { FrameOf } from './wire.ts'

const CODECS: readonly Codec[] = ['json', 'msgpack']

let server: ServerProcess
let url: string
before(async () => {
  server = await ServerProcess.start({ settings: {} })
  url = server.url
})
after(() => server.dispose())

for (const codec of CODECS) {
  describe(`a message in ${codec}`, () => {
    it('reaches the other member with all its fields, and the sender gets sent', async () => {
      const { alice, bob, a, dm } = await pair(url, codec)
      const id = newId()
      const before = Date.now()
      const sent = await alice.say(dm, 'Hello ❤ 😀', { id })
      const message = await bob.next('message')
      assert.deepEqual(
        { to: sent.to, id: sent.id, seq: sent.seq, duplicate: sent.duplicate },
        { to: dm, id, seq: 1, duplicate: false },
      )
      assert.deepEqual(message, {
        op: 'message',
        conversation: dm,
        seq: 1,
        messageId: sent.messageId,
        id,
        author: a.name,
        device: 'phone',
        at: sent.at,
        body: 'Hello ❤ 😀',
        kind: 'text',
        n: 1,
      })
      assert.ok(sent.at >= before - 1_000 && sent.at <= Date.now() + 1_000)
      await alice.settle()
      assert.deepEqual(alice.messages(dm), [])
      await Promise.all([alice.leave(), bob.leave()])
    })

    it('may be a ciphertext, may reply, may be as long as the limit', async () => {
      const { alice, bob, dm } = await pair(url, codec)
      const body = 'é'.repeat(100_000)
      await alice.say(dm, 'first')
      await alice.say(dm, body, { kind: 'cipher', replyTo: 1 })
      await bob.until(dm, 2)
      const got = bob.messages(dm)[1]
      assert.deepEqual([got?.kind, got?.replyTo, got?.body === body], ['cipher', 1, true])
      await Promise.all([alice.leave(), bob.leave()])
    })

    it('reaches the other devices of its sender', async () => {
      const { alice, bob, a, dm } = await pair(url, codec)
      const laptop = await a.online({ device: 'laptop', codec })
      await alice.say(dm, 'from the phone')
      const message = await laptop.next('message')
      assert.deepEqual([message.author, message.device, message.n], [a.name, 'phone', 1])
      await Promise.all([alice.leave(), bob.leave(), laptop.leave()])
    })

    it('sent again under its id is a duplicate with the first result, and is delivered once', async () => {
      const { alice, bob, dm } = await pair(url, codec)
      const id = newId()
      const first = await alice.say(dm, 'once', { id })
      const again = await alice.say(dm, 'once', { id })
      assert.deepEqual({ ...again, ref: 0 }, { ...first, ref: 0, duplicate: true })
      await alice.say(dm, 'end')
      await bob.until(dm, 2)
      assert.deepEqual(
        bob.messages(dm).map(({ body }) => body),
        ['once', 'end'],
      )
      await Promise.all([alice.leave(), bob.leave()])
    })

    it('with another body under a used id is a CONFLICT; the same id of another author is not', async () => {
      const { alice, bob, dm } = await pair(url, codec)
      const id = newId()
      await alice.say(dm, 'mine', { id })
      assert.equal(await alice.refused({ op: 'send', to: dm, id, body: 'changed' }), 'CONFLICT')
      assert.equal((await bob.say(dm, 'his', { id })).seq, 2)
      await Promise.all([alice.leave(), bob.leave()])
    })
  })
}

describe('sends in flight', () => {
  it('of one id at once give one message', async () => {
    const { alice, bob, dm } = await pair(url)
    const id = newId()
    const sends = await Promise.all(range(1, 10).map(() => alice.say(dm, 'once', { id })))
    assert.deepEqual(new Set(sends.map(({ seq }) => seq)), new Set([1]))
    assert.equal(sends.filter(({ duplicate }) => !duplicate).length, 1)
    await Promise.all([alice.leave(), bob.leave()])
  })

  it('arrive in the order sent, numbered without a gap, with both members sending', async () => {
    const { alice, bob, dm } = await pair(url)
    const all = range(1, 50).flatMap((i) => [alice.say(dm, `a${i}`), bob.say(dm, `b${i}`)])
    const seqs = (await Promise.all(all)).map(({ seq }) => seq)
    assert.deepEqual(
      seqs.toSorted((x, y) => x - y),
      range(1, 100),
    )
    await Promise.all([alice.settle(), bob.settle()])
    const page = expectOp(
      await alice.request({ op: 'history', conversation: dm, after: 0, limit: 200 }),
      'page',
    )
    const bodies = page.messages.map(({ body }) => body)
    for (const who of ['a', 'b']) {
      assert.deepEqual(
        bodies.filter((body) => body.startsWith(who)),
        range(1, 50).map((i) => who + i),
      )
    }
    await Promise.all([alice.leave(), bob.leave()])
  })
})

describe('a device that was offline', () => {
  it('gets what it missed after ready, oldest first and numbered in its inbox', async () => {
    const { alice, bob, b, dm } = await pair(url)
    await bob.leave()
    for (const i of range(1, 20)) await alice.say(dm, `m${i}`)
    const { client, ready } = await b.ready({ cursors: { inbox: 0 } })
    assert.equal(ready.inbox, 20)
    assert.equal(ready.conversations[0]?.head, 20)
    await client.until(dm, 20)
    assert.deepEqual(
      client.messages(dm).map(({ seq, n, body }) => `${seq} ${n} ${body}`),
      range(1, 20).map((i) => `${i} ${i} m${i}`),
    )
    await Promise.all([alice.leave(), client.leave()])
  })

  it('that missed more than 200 gets 200 or lagged for each, and can pull the rest', async () => {
    const { alice, bob, b, dm } = await pair(url)
    await bob.leave()
    await sayMany(alice, dm, 450)
    const client = await b.online({ cursors: { inbox: 0 } })
    await alice.say(dm, 'live')
    await client.until(dm, 451)
    assert.deepEqual(covered(client, dm), range(1, 451))
    const replayed = client.messages(dm).filter(({ seq }) => seq <= 450)
    assert.equal(replayed.length, 200)
    assert.ok(client.log.some(({ op }) => op === 'lagged'))
    const pulled: number[] = []
    for (let more = true; more; ) {
      const after = pulled.at(-1) ?? 0
      const page = expectOp(
        await client.request({ op: 'history', conversation: dm, after, limit: 200 }),
        'page',
      )
      pulled.push(...page.messages.map(({ seq }) => seq))
      more = page.more
    }
    assert.deepEqual(pulled, range(1, 451))
    await Promise.all([alice.leave(), client.leave()])
  })

  it('is not sent again what its cursor of the conversation says it has, such as its own messages', async () => {
    const { alice, bob, b, dm } = await pair(url)
    await alice.say(dm, 'one')
    await bob.until(dm, 1)
    await bob.say(dm, 'two, mine: its number in the inbox was not told')
    await bob.leave()
    await alice.say(dm, 'three')
    for (const [cursors, missed] of [
      [{ inbox: 1, conversations: { [dm]: 2 } }, [3]],
      [{ inbox: 0, conversations: { [dm]: 3 } }, []],
      [{ inbox: 3, conversations: { [dm]: 1 } }, [2, 3]],
      [{ conversations: { [dm]: 1 } }, [2, 3]],
      [{ inbox: 1 }, [2, 3]],
    ] as const) {
      const again = await b.online({ cursors })
      await again.settle()
      const { seq } = await alice.say(dm, 'live')
      await again.until(dm, seq)
      const replayed = again.messages(dm).map((message) => message.seq)
      assert.deepEqual(replayed, [...missed, ...range(4, seq)], JSON.stringify(cursors))
      await again.leave()
    }
    await alice.leave()
  })

  it('misses nothing between replay and live while others go on sending', async () => {
    const { alice, bob, b, dm } = await pair(url)
    await bob.leave()
    await sayMany(alice, dm, 150)
    const going = sayMany(alice, dm, 300)
    const client = await b.online({ cursors: { inbox: 0 } })
    await going
    const last = await alice.say(dm, 'last')
    await client.until(dm, last.seq)
    assert.deepEqual(covered(client, dm), range(1, last.seq))
    const seqs = client.messages(dm).map(({ seq }) => seq)
    assert.deepEqual(
      seqs,
      seqs.toSorted((x, y) => x - y),
    )
    await Promise.all([alice.leave(), client.leave()])
  })
})

describe('pages', () => {
  it('of a history go forward after, backward before, and to the newest with neither', async () => {
    const { alice, bob, dm } = await pair(url)
    await sayMany(alice, dm, 30)
    const seqs = async (range: object): Promise<[number[], boolean]> => {
      const page = expectOp(await bob.request({ op: 'history', conversation: dm, ...range }), 'page')
      return [page.messages.map(({ seq }) => seq), page.more]
    }
    assert.deepEqual(await seqs({ after: 0, limit: 10 }), [range(1, 10), true])
    assert.deepEqual(await seqs({ after: 20, limit: 10 }), [range(21, 30), false])
    assert.deepEqual(await seqs({ before: 30, limit: 10 }), [range(20, 29), true])
    assert.deepEqual(await seqs({ before: 5, limit: 10 }), [range(1, 4), false])
    assert.deepEqual(await seqs({ limit: 10 }), [range(21, 30), true])
    assert.deepEqual(await seqs({ after: 30, limit: 10 }), [[], false])
    await Promise.all([alice.leave(), bob.leave()])
  })

  it('of an inbox hold all conversations in the order of n', async () => {
    const [alice, bob, carol] = [person(url, 'alice'), person(url, 'bob'), person(url, 'carol')]
    const [withBob, withCarol] = [await alice.http.dm(bob.name), await alice.http.dm(carol.name)]
    const [a, b, c] = await Promise.all([alice.online(), bob.online(), carol.online()])
    for (const i of range(1, 5)) {
      await b.say(withBob, `b${i}`)
      await c.say(withCarol, `c${i}`)
    }
    const first = expectOp(await a.request({ op: 'sync', after: 0, limit: 6 }), 'inbox')
    assert.deepEqual([first.messages.map(({ n }) => n), first.more, first.head], [range(1, 6), true, 10])
    const rest = expectOp(await a.request({ op: 'sync', after: 6, limit: 6 }), 'inbox')
    assert.deepEqual([rest.messages.map(({ n }) => n), rest.more, rest.head], [range(7, 10), false, 10])
    assert.deepEqual(
      [...first.messages, ...rest.messages].map(({ body }) => body),
      range(1, 5).flatMap((i) => [`b${i}`, `c${i}`]),
    )
    await Promise.all([a.leave(), b.leave(), c.leave()])
  })
})

describe('receipts', () => {
  it('tell the sender that a message was delivered and then read, also across sessions', async () => {
    const { alice, bob, a, b, dm } = await pair(url)
    await alice.say(dm, 'hi')
    await bob.until(dm, 1)
    bob.send({ op: 'ack', conversation: dm, seq: 1 })
    const delivered = await alice.next('receipt')
    assert.deepEqual([delivered.conversation, delivered.user, delivered.delivered], [dm, b.name, 1])
    bob.send({ op: 'read', conversation: dm, seq: 1 })
    const read = await alice.next('receipt', (receipt) => receipt.read !== undefined)
    assert.deepEqual([read.user, read.read], [b.name, 1])
    await Promise.all([alice.leave(), bob.leave()])
    const { client, ready } = await b.ready()
    assert.deepEqual([ready.conversations[0]?.delivered, ready.conversations[0]?.read], [1, 1])
    await client.leave()
    assert.ok(a.name !== b.name)
  })

  it('of a user reach the own other devices, so that all show the same as read', async () => {
    const { alice, bob, b, dm } = await pair(url)
    const laptop = await b.online({ device: 'laptop' })
    await alice.say(dm, 'hi')
    await bob.until(dm, 1)
    bob.send({ op: 'read', conversation: dm, seq: 1 })
    const receipt = await laptop.next('receipt', ({ read }) => read !== undefined)
    assert.deepEqual([receipt.user, receipt.read], [b.name, 1])
    await Promise.all([alice.leave(), bob.leave(), laptop.leave()])
  })

  it('never go back', async () => {
    const { alice, bob, b, dm } = await pair(url)
    await sayMany(alice, dm, 3)
    await bob.until(dm, 3)
    for (const seq of [3, 1]) bob.send({ op: 'read', conversation: dm, seq })
    bob.send({ op: 'ack', conversation: dm, seq: 3 })
    // In order, so that the reads before it are applied.
    await alice.next('receipt', ({ delivered }) => delivered === 3)
    await bob.leave()
    const { client, ready } = await b.ready()
    assert.equal(ready.conversations[0]?.read, 3)
    await Promise.all([alice.leave(), client.leave()])
  })
})

describe('typing', () => {
  it('is shown to the other members and not to the one who types', async () => {
    const { alice, bob, a, dm } = await pair(url)
    alice.send({ op: 'typing', conversation: dm })
    const shown = await bob.next('typing')
    assert.deepEqual([shown.conversation, shown.user], [dm, a.name])
    await alice.settle()
    assert.ok(!alice.log.some(({ op }) => op === 'typing'))
    await Promise.all([alice.leave(), bob.leave()])
  })
})

/** Sends so many, 50 in flight, within what the limits of a connection allow in one burst per 200. */
async function sayMany(client: RawClient, to: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 50) {
    const batch = Math.min(50, count - sent)
    await Promise.all(range(1, batch).map((i) => client.say(to, `m${sent + i}`)))
  }
}

/** The seqs that were pushed or named in `lagged`, each once. */
function covered(client: RawClient, conversation: string): number[] {
  const lagged = client.log
    .filter((frame): frame is FrameOf<'lagged'> => frame.op === 'lagged')
    .filter((frame) => frame.conversation === conversation)
    .flatMap(({ from, to }) => range(from, to))
  const pushed = client.messages(conversation).map(({ seq }) => seq)
  return [...lagged, ...pushed].sort((x, y) => x - y)
}
