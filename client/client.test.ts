/** The shell on real sockets: the platform's WebSocket against a small server of the `ws` package. */

import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, it } from 'node:test'
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws'
import type { ClientFrame, ServerFrame } from '../protocol/index.ts'
import {
  ClientError,
  type ClientEvents,
  type ClientOptions,
  connect,
  GuildhallClient,
  memoryStore,
} from './index.ts'
import { dm, message } from './testing/machine.ts'

type Handler = (frame: ClientFrame, socket: ServerSocket) => void

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A server that identifies and resumes everyone; `handle` answers the rest. */
async function listen(handle: Handler) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const protocols: string[] = []
  server.on('connection', (socket) => {
    protocols.push(socket.protocol)
    const limits = { frameBytes: 524_288, bodyChars: 100_000, eventsPerMinute: 60_000 }
    write(socket, { op: 'hello', node: 'n', heartbeatMs: 30_000, identifyMs: 10_000, limits })
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as ClientFrame
      if (frame.op === 'resume') write(socket, { op: 'resumed', session: 's', resume: 't' })
      if (frame.op === 'identify' && frame.token !== 'refused') write(socket, ready)
      handle(frame, socket)
    })
  })
  cleanups.push(
    () =>
      new Promise((resolve) => {
        for (const socket of server.clients) socket.terminate()
        server.close(() => resolve())
      }),
  )
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, protocols }
}

const ready: ServerFrame = {
  op: 'ready',
  session: 's',
  resume: 't',
  user: { id: 'alice' },
  device: 'desk',
  inbox: 0,
  conversations: [dm('7', 0)],
  guilds: [],
}

function write(socket: ServerSocket, frame: ServerFrame): void {
  socket.send(JSON.stringify(frame))
}

function sentFor(frame: Extract<ClientFrame, { op: 'send' }>): ServerFrame {
  return { op: 'sent', to: frame.to, id: frame.id, seq: 1, messageId: '1', at: 5, duplicate: false }
}

function start(options: Partial<ClientOptions> & { url: string }): GuildhallClient {
  const client = connect({ token: 'good', device: 'desk', random: () => 0, ...options })
  cleanups.push(() => client.close())
  return client
}

function next<K extends keyof ClientEvents>(
  client: GuildhallClient,
  name: K,
  is: (event: ClientEvents[K]) => boolean = () => true,
): Promise<ClientEvents[K]> {
  return new Promise((resolve) => {
    const off = client.on(name, (event) => {
      if (!is(event)) return
      off()
      resolve(event)
    })
  })
}

describe('a client on a real socket', () => {
  it('speaks the JSON subprotocol, sends, and emits its own message', async () => {
    const server = await listen((frame, socket) => {
      if (frame.op === 'send') write(socket, sentFor(frame))
    })
    const client = start({ url: server.url, token: async () => 'good' })
    const own = next(client, 'message')
    const sent = await client.send('7', 'hello')
    assert.equal(sent.seq, 1)
    assert.deepEqual([(await own).body, (await own).own], ['hello', true])
    assert.deepEqual(server.protocols, ['guildhall.v1.json'])
    assert.deepEqual([client.user, client.cursor('7'), client.head('7'), client.unsent], ['alice', 1, 1, 0])
  })

  it('survives a socket that dies before the answer and repeats under the same id', async () => {
    const ids: string[] = []
    const server = await listen((frame, socket) => {
      if (frame.op !== 'send') return
      ids.push(frame.id)
      if (ids.length < 3) socket.terminate()
      else write(socket, sentFor(frame))
    })
    const client = start({ url: server.url })
    await client.send('7', 'hello')
    assert.equal(ids.length, 3)
    assert.equal(new Set(ids).size, 1)
  })

  it('stops when its token is refused', async () => {
    const server = await listen((frame, socket) => {
      if (frame.op === 'identify') socket.close(4004, 'token refused')
    })
    const client = start({ url: server.url, token: 'refused' })
    const stopped = await next(client, 'status', ({ status }) => status === 'stopped')
    assert.deepEqual(stopped, { status: 'stopped', reason: 'token' })
  })

  it('acknowledges a message only after the promise of a listener', async () => {
    const order: string[] = []
    let acknowledged: () => void = () => {}
    const done = new Promise<void>((resolve) => {
      acknowledged = resolve
    })
    const server = await listen((frame, socket) => {
      if (frame.op === 'identify') write(socket, { op: 'message', ...message(1) })
      if (frame.op !== 'ack') return
      order.push(`ack ${frame.seq}`)
      acknowledged()
    })
    const client = start({ url: server.url })
    client.on('message', async () => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push('stored')
    })
    await done
    assert.deepEqual(order, ['stored', 'ack 1'])
  })

  it('reads a page of history without moving a cursor', async () => {
    const server = await listen((frame, socket) => {
      if (frame.op !== 'history') return
      const { ref = 0, conversation } = frame
      write(socket, { op: 'page', ref, conversation, messages: [message(4)], more: true })
    })
    const client = start({ url: server.url })
    const page = await client.history('7', { before: 5, limit: 1 })
    assert.deepEqual([page.messages.map(({ seq }) => seq), page.more], [[4], true])
    assert.equal(client.cursor('7'), 0)
  })

  it('ends its session with 1000 when it is closed, and rejects what comes later', async () => {
    let code: (code: number) => void = () => {}
    const closed = new Promise<number>((resolve) => {
      code = resolve
    })
    const server = await listen((frame, socket) => {
      if (frame.op === 'identify') socket.on('close', code)
    })
    const client = start({ url: server.url })
    await next(client, 'ready')
    await client.close()
    assert.equal(await closed, 1000)
    await assert.rejects(
      client.send('7', 'late'),
      (error) => error instanceof ClientError && error.code === 'CLOSED',
    )
  })

  it('sends what the process before it left in the store, under the same id', async () => {
    const store = memoryStore()
    const kept = new Promise<void>((resolve) => {
      const first = new GuildhallClient({
        url: 'ws://127.0.0.1:1',
        token: 'good',
        device: 'desk',
        store: {
          ...store,
          set: (key, value) =>
            store
              .set(key, value)
              .then(() => key === 'outbox' && resolve())
              .then(() => {}),
        },
      })
      first.send('7', 'left behind').catch(() => {})
    })
    await kept
    const [id] = JSON.parse((await store.get('outbox')) ?? '[]') as string[]
    const server = await listen((frame, socket) => {
      if (frame.op === 'send') write(socket, sentFor(frame))
    })
    const client = start({ url: server.url, store })
    const sent = await next(client, 'sent')
    assert.equal(sent.id, id)
  })

  it('says that it is offline and when it tries again', async () => {
    const server = await listen(() => {})
    for (const cleanup of cleanups.splice(0)) await cleanup() // so that nobody listens there
    const client = start({ url: server.url, random: () => 0.999 })
    const status = await next(client, 'status', (event) => event.status === 'offline')
    assert.ok(status.status === 'offline')
    assert.deepEqual([status.code, status.retryInMs], [1006, 999])
  })

  it('refuses a url and a device that are none', () => {
    const make = (options: Partial<ClientOptions>) => () =>
      new GuildhallClient({ url: 'ws://h', token: 't', device: 'd', ...options })
    const isBadOption = (error: unknown) => error instanceof ClientError && error.code === 'BAD_OPTION'
    assert.throws(make({ url: 'ftp://host' }), isBadOption)
    assert.throws(make({ device: 'd'.repeat(65) }), isBadOption)
  })
})
