/**
 * Hostile clients below the frames of the protocol: bytes that are no proper HTTP or WebSocket, and clients that begin
 * and never end. Each attack ends as its line says: refused with a status, or closed.
 */

import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { frameBytes, rawRequest, TestClient, upgradeRequest } from '../../gateway/test-client.ts'
import { type Attacks, survives } from './hostile-suite.ts'
import { pair, range } from './people.ts'
import { newId, within } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import { tokenOf } from './tokens.ts'

const ROUNDS = 60
/** uWebSockets.js ends a connection whose request is not complete after 10 to 12 s. */
const UNFINISHED_MS_MAX = 15_000

let server: ServerProcess
let bystanders: Awaited<ReturnType<typeof pair>>
before(async () => {
  server = await ServerProcess.start({ settings: {} })
  bystanders = await pair(server.url)
})
after(() => server.dispose())

const MALLORY = tokenOf('mallory')

/** An HTTP request that is answered with this status, or closed without a word where that is allowed. */
const refused = (status: RegExp, request: string) => async (): Promise<void> => {
  assert.match(await rawRequest(server.port, request), status)
}

/** Bytes on an identified socket, which is closed for them. */
const closed =
  (attack: (client: TestClient) => void, headers: readonly string[] = []) =>
  async () => {
    const client = await TestClient.open(server.port, { headers })
    client.send({ op: 'identify', token: MALLORY, device: newId() })
    await client.next('ready')
    attack(client)
    await within('the socket to be closed', client.closed)
  }

/** Begins something, and goes away in the middle of it. */
const abandoned = (count: number, text: string | Buffer) => async (): Promise<void> => {
  const sockets = await Promise.all(range(1, count).map(() => begin(text)))
  for (const socket of sockets) socket.destroy()
}

function begin(text: string | Buffer): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => {
      if (text.length > 0) socket.write(text)
      setImmediate(() => resolve(socket))
    })
    socket.once('error', reject)
  })
}

function post(body: string, more: readonly string[] = []): string {
  const head = ['POST /v1/guilds HTTP/1.1', 'Host: x', `Authorization: Bearer ${MALLORY}`, ...more]
  return [...head, 'Content-Type: application/json', `Content-Length: ${body.length}`, '', body].join('\r\n')
}

const HEARTBEAT = Buffer.from('{"op":"heartbeat"}')
const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'
const integerKeys = `{${range(1, 100_000)
  .map((i) => `"${i}":0`)
  .join(',')}}`

const ATTACKS: Attacks = {
  // uWebSockets.js does not look at the bit: it takes four bytes for the mask and waits for four more at the end.
  'unmasked frames': closed((client) => {
    for (const _ of [1, 2]) client.raw(1, HEARTBEAT, { mask: false })
  }),
  'reserved bits': closed((client) => client.raw(1, HEARTBEAT, { rsv: 1 })),
  'a compressed frame, deflate being offered and off': closed(
    (client) => client.raw(1, HEARTBEAT, { rsv: 4 }),
    [DEFLATE],
  ),
  'an unknown opcode': closed((client) => client.raw(3, HEARTBEAT)),
  'invalid UTF-8': closed((client) => client.raw(1, Buffer.from('{"op":"\xff\xfe"}', 'latin1'))),
  'UTF-8 cut in two by its fragments and never ended': closed((client) => {
    client.raw(1, Buffer.from([0x7b, 0xe2]), { fin: false })
    client.raw(0, Buffer.from([0x28, 0x7d]))
  }),
  'a ping of 126 bytes': closed((client) => client.raw(9, Buffer.alloc(126))),
  'a ping in fragments': closed((client) => client.raw(9, Buffer.alloc(1), { fin: false })),
  'a continuation of nothing': closed((client) => client.raw(0, HEARTBEAT)),
  'a message within a message': closed((client) => {
    client.raw(1, HEARTBEAT, { fin: false })
    client.raw(1, HEARTBEAT)
  }),
  'a close of one byte': closed((client) => client.raw(8, Buffer.alloc(1))),
  'a length of 2^63': closed((client) => client.socket.write(lengthOf(2n ** 63n))),
  'a length of 1 TiB': closed((client) => client.socket.write(lengthOf(2n ** 40n))),
  'a frame of 2 MiB': closed((client) => client.raw(1, Buffer.alloc(2 * 1_024 * 1_024, 0x20))),
  '600 KiB in fragments of 1 KiB': closed((client) => {
    client.raw(1, Buffer.alloc(1_024, 0x20), { fin: false })
    for (const i of range(1, 600)) client.raw(0, Buffer.alloc(1_024, 0x20), { fin: i === 600 })
  }),
  '10,000 empty fragments': async () => {
    const client = await TestClient.open(server.port)
    client.raw(1, Buffer.alloc(0), { fin: false })
    const empty = range(1, 10_000).map(() => frameBytes(0, Buffer.alloc(0), { fin: false }))
    client.socket.write(Buffer.concat(empty))
    client.raw(0, HEARTBEAT)
    await within('the fragments to be one frame', client.closed) // 4003: it was a heartbeat before identify
  },
  'a length that lies: 500,000 bytes announced, 10 sent': async () => {
    const client = await TestClient.open(server.port)
    client.socket.write(lengthOf(500_000n))
    client.socket.destroy()
    await client.closed
  },
  'WebSocket version 8': refused(/^HTTP\/1.1 426[\s\S]*Sec-WebSocket-Version: 13/, upgradeRequest([], '8')),
  'an upgrade without a key': refused(
    /^HTTP\/1.1 400/,
    upgradeRequest().replace(/Sec-WebSocket-Key.*\r\n/, ''),
  ),
  'an upgrade from a foreign page': refused(
    /^HTTP\/1.1 403/,
    upgradeRequest(['Origin: https://evil.example']),
  ),
  'HTTP/1.0': refused(/^HTTP\/1.1 505/, 'GET /healthz HTTP/1.0\r\n\r\n'),
  'a length and chunks together': refused(
    /^HTTP\/1.1 400/,
    post('', ['Transfer-Encoding: chunked']).replace(/$/, '0\r\n\r\n'),
  ),
  'two lengths': refused(/^HTTP\/1.1 400[\s\S]*stands twice/, post('{}', ['Content-Length: 60000'])),
  'a header of 64 KiB': refused(
    /^HTTP\/1.1 431|^$/,
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(65_536)}\r\n\r\n`,
  ),
  'no HTTP at all': refused(/^HTTP\/1.1 (400|505)|^$/, '\u0016\u0003\u0001 hello\r\n\r\n'),
  'a body nested 200,000 deep': refused(/^HTTP\/1.1 400/, post('['.repeat(200_000))),
  'a proper body nested 100,000 deep': refused(
    /^HTTP\/1.1 400/,
    post(`{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  ),
  'a body of 100,000 integer-like keys': refused(/^HTTP\/1.1 (400|413)/, post(integerKeys)),
  'a body with __proto__': refused(/^HTTP\/1.1 400/, post('{"__proto__":{"name":"x"}}')),
  'a body that never comes': abandoned(5, post('').replace('Content-Length: 0', 'Content-Length: 400000')),
  'twenty silent TCP connections': abandoned(20, ''),
  'twenty half requests': abandoned(20, 'GET /healthz HTTP/1.1\r\nHost: x\r\nX: '),
  'twenty half upgrades': abandoned(20, upgradeRequest().slice(0, -2)),
}

/** The head of a masked text frame of this length, with ten bytes of it. */
function lengthOf(length: bigint): Buffer {
  const head = Buffer.alloc(24, 0x20)
  head[0] = 0x81
  head[1] = 0xff
  head.writeBigUInt64BE(length, 2)
  return head
}

survives('bytes', ATTACKS, ROUNDS, () => ({ server, bystanders }))

describe('a connection whose request is never complete is closed', { concurrency: true }, () => {
  it('when it is silent', () => cutOff(''))
  it('when it stops in the middle', () => cutOff('GET /healthz HTTP/1.1\r\nHost: x\r\n'))
  it('when it drips its headers byte by byte', () => cutOff('GET /healthz HTTP/1.1\r\nX: ', 'x'))
})

/** Resolves when the server has closed it. */
async function cutOff(text: string, drip?: string): Promise<void> {
  const socket = await begin(text)
  socket.on('error', () => {})
  socket.resume()
  const dripping = setInterval(() => drip !== undefined && socket.write(drip), 250)
  const ended = new Promise((resolve) => socket.once('close', resolve))
  await within('the server to close it', ended, UNFINISHED_MS_MAX).finally(() => {
    clearInterval(dripping)
    socket.destroy()
  })
}
