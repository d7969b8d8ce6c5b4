import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor, type Ref } from '../runtime/index.ts'
import { Probe } from '../runtime/testing/index.ts'
import { StorageError } from '../storage/index.ts'
import type { SessionMsg } from './messages.ts'
import { SessionNode } from './session-test-node.ts'

const typing = { op: 'typing', conversation: '10', user: 'bob' } as const
const event = { type: 'event', frame: typing, except: 0 } as const

/** A probe in place of a session, on the users' thread. */
function listener(node: SessionNode, mailboxLimit?: number): Probe<SessionMsg> {
  return new Probe<SessionMsg>(node.simulation, {
    thread: 1,
    ...(mailboxLimit === undefined ? {} : { mailboxLimit }),
  })
}

async function online(node: SessionNode, user: string, connection: number, session: Ref<SessionMsg>) {
  node.simulation.send(node.users, { type: 'online', user, connection, session })
  await node.settle()
}

describe('users', () => {
  it('passes what happens to a user to each of his sessions, with his inbox number', async () => {
    const node = await SessionNode.start()
    const [first, second, other] = [listener(node), listener(node), listener(node)]
    await online(node, 'alice', 1, first.ref)
    await online(node, 'alice', 2, second.ref)
    await online(node, 'bob', 3, other.ref)
    const message = {
      conversation: '10',
      seq: 1,
      messageId: '1',
      id: 'x',
      author: 'carol',
      device: 'd',
    } as const
    node.simulation.send(node.users, {
      type: 'deliver',
      users: ['alice', 'nobody', 'bob'],
      numbers: [7, 8, 9],
      message: { ...message, at: 0, kind: 'text', body: '' },
      from: 4,
    })
    await node.settle()
    const numbers = [first, second, other].map(({ received }) =>
      received.map((each) => 'n' in each && each.n),
    )
    assert.deepEqual(numbers, [[7], [7], [9]])
  })

  it('forgets a session that says it ends, and keeps the other', async () => {
    const node = await SessionNode.start()
    const [first, second] = [listener(node), listener(node)]
    await online(node, 'alice', 1, first.ref)
    await online(node, 'alice', 2, second.ref)
    node.simulation.send(node.users, { type: 'offline', user: 'alice', connection: 1 })
    node.simulation.send(node.users, { type: 'event', users: ['alice'], event })
    await node.settle()
    assert.equal(await node.store.lastSeen('alice'), undefined)
    assert.deepEqual([first.received, second.received], [[], [event]])
    node.simulation.send(node.users, { type: 'offline', user: 'alice', connection: 2 })
    await node.settle()
    assert.notEqual(await node.store.lastSeen('alice'), undefined)
  })

  it('forgets a session that was killed when it cannot be reached', async () => {
    const node = await SessionNode.start()
    const session = listener(node)
    await online(node, 'alice', 1, session.ref)
    node.simulation.exit(session.ref, 'kill')
    node.simulation.send(node.users, { type: 'event', users: ['alice'], event })
    await node.settle()
    assert.notEqual(await node.store.lastSeen('alice'), undefined)
  })

  it('hears of a session that crashes', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    node.simulation.exit(ref, 'crash')
    await node.settle()
    assert.notEqual(await node.store.lastSeen('alice'), undefined)
  })

  it('lets a new session take the place of one of the same connection, whose end means nothing then', async () => {
    const node = await SessionNode.start()
    const [first, second] = [listener(node), listener(node)]
    await online(node, 'alice', 1, first.ref)
    await online(node, 'alice', 1, second.ref)
    node.simulation.exit(first.ref, 'kill')
    await node.settle()
    node.simulation.send(node.users, { type: 'event', users: ['alice'], event })
    await node.settle()
    assert.deepEqual([first.received, second.received], [[], [event]])
  })

  it('tells a session that was full to look at its inbox', async () => {
    const node = await SessionNode.start()
    const received: string[] = []
    let wake: () => void = () => {}
    const busy = new Promise<void>((resolve) => {
      wake = resolve
    })
    const slow = defineActor<null, SessionMsg>({
      name: 'slow',
      mailbox: { limit: 1 },
      init: () => null,
      handle(_state, { type }) {
        received.push(type)
        return received.length === 1 ? busy : undefined
      },
    })
    const ref = await node.simulation.start(slow, undefined, 1)
    await online(node, 'alice', 1, ref)
    for (let i = 0; i < 4; i++) node.simulation.send(node.users, { type: 'event', users: ['alice'], event })
    await node.settle(1_000)
    assert.deepEqual(received, ['event'])
    wake()
    await new Promise((resolve) => setImmediate(resolve))
    await node.settle(1_000)
    assert.deepEqual(received, ['event', 'event', 'catchUp'])
  })

  it('notes when a user was last seen, again when the store fails', async () => {
    const node = await SessionNode.start()
    node.faults.set('setLastSeen', new StorageError('STORE_FULL', 'Cannot write: the disk is full'))
    for (let i = 0; i < 600; i++) await online(node, `user${i}`, i + 1, listener(node).ref)
    for (let i = 0; i < 600; i++) {
      node.simulation.send(node.users, { type: 'offline', user: `user${i}`, connection: i + 1 })
    }
    await node.settle()
    assert.equal(await node.store.lastSeen('user0'), undefined)
    node.faults.clear()
    await node.settle(5_000)
    for (let i = 0; i < 600; i++) assert.notEqual(await node.store.lastSeen(`user${i}`), undefined)
  })
})
