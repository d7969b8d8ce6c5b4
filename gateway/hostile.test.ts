/** Bytes that no proper client sends: each is refused or closed, and another client goes on. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { FAKE_ACTORS } from './fake-actors.ts'
import { frameBytes, rawRequest, type TestClient, upgradeRequest } from './test-client.ts'
import { TestServer, tokenFor } from './test-server.ts'

let server: TestServer
let witness: TestClient
let lastRef = 0

before(async () => {
  server = await TestServer.start({ framesBurst: 100_000 }, FAKE_ACTORS)
  witness = (await server.join('witness')).client
})
after(() => server.stop())

/** The other client is answered at once. */
async function goesOn(): Promise<void> {
  const ref = ++lastRef
  witness.send({ op: 'heartbeat', ref })
  await witness.find((frame) => frame.op === 'heartbeat' && frame.ref === ref)
}

const after5s = () => setTimeout(5_000, undefined, { ref: false })

const request = (text: string) => rawRequest(server.port, text)

describe('hostile HTTP', () => {
  const refused: [string, string, RegExp][] = [
    ['HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', /^HTTP\/1.1 505/],
    ['no Host', 'GET /healthz HTTP/1.1\r\nX: y\r\n\r\n', /^HTTP\/1.1 400/],
    [
      'Content-Length with Transfer-Encoding',
      'POST /v1/guilds HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', /^HTTP\/1.1 (400|505)|^$/],
    [
      'a header of 64 KiB',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(65_536)}\r\n\r\n`,
      /^HTTP\/1.1 431|^$/,
    ],
    ['WebSocket version 8', upgradeRequest([], '8'), /^HTTP\/1.1 426[\s\S]*Sec-WebSocket-Version: 13/],
    ['no WebSocket key', upgradeRequest().replace(/Sec-WebSocket-Key.*\r\n/, ''), /^HTTP\/1.1 400/],
    ['a foreign origin', upgradeRequest(['Origin: https://evil.example']), /^HTTP\/1.1 403/],
    ['an unknown subprotocol', upgradeRequest(['Sec-WebSocket-Protocol: chat']), /^HTTP\/1.1 400/],
    ['a plain request to the socket', 'GET /v1/socket HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1.1 426/],
    [
      'an unknown address',
      'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n',
      /^HTTP\/1.1 404[\s\S]*application\/json/,
    ],
    ['no token', 'GET /v1/conversations/1 HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1.1 401/],
    [
      'a body announced as too large',
      'POST /v1/guilds HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: 600000\r\n\r\n',
      /^HTTP\/1.1 (401|413)/,
    ],
  ]
  for (const [name, text, expected] of refused) {
    it(`is refused: ${name}`, async () => {
      assert.match(await request(text), expected)
      await goesOn()
    })
  }

  it('that never ends its request is cut off', async () => {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n')
    await new Promise((resolve) => socket.on('close', resolve))
    await goesOn()
  })

  it('bodies are refused when they are too large, no JSON, nested too deep or of another type', async () => {
    const { url } = server.server
    const post = async (body: string, type = 'application/json'): Promise<number> => {
      const token = await tokenFor('alice')
      const headers = { authorization: `Bearer ${token}`, 'content-type': type }
      return (await fetch(`${url}/v1/guilds`, { method: 'POST', headers, body })).status
    }
    assert.equal(await post(`"${'x'.repeat(512 * 1_024)}"`).catch(() => 413), 413)
    assert.equal(await post('{'), 400)
    assert.equal(await post('{}', 'text/plain'), 415)
    // The fakes have no api: what is fine so far finds nobody.
    assert.equal(await post('{}'), 503)
    await goesOn()
  })
})

describe('hostile WebSocket frames', () => {
  const hello = Buffer.from('{"op":"heartbeat"}')
  const cases: [string, (client: TestClient) => void][] = [
    // uWebSockets.js does not look at the bit and takes four bytes for the mask: the second frame makes up for them.
    ['unmasked', (client) => [1, 2].forEach(() => void client.raw(1, hello, { mask: false }))],
    ['with reserved bits', (client) => client.raw(1, hello, { rsv: 4 })],
    ['of an unknown opcode', (client) => client.raw(3, hello)],
    ['of invalid UTF-8', (client) => client.raw(1, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
    ['that are pings of 126 bytes', (client) => client.raw(9, Buffer.alloc(126))],
    ['that are fragmented pings', (client) => client.raw(9, Buffer.alloc(1), { fin: false })],
    ['that go on with nothing', (client) => client.raw(0, hello)],
    ['that are closes of one byte', (client) => client.raw(8, Buffer.alloc(1))],
    [
      'of a lying length',
      (client) => client.socket.write(Buffer.from([0x81, 0xff, 0x7f, ...Array(11).fill(0xff)])),
    ],
    ['of 2 MiB', (client) => client.raw(1, Buffer.alloc(2 * 1_024 * 1_024, 0x20))],
    ['of deep nesting', (client) => client.raw(1, Buffer.from(`${'{"a":'.repeat(700)}1${'}'.repeat(700)}`))],
    ['with a prototype', (client) => client.raw(1, Buffer.from('{"__proto__":{"op":"identify"}}'))],
  ]
  for (const [name, send] of cases) {
    it(`${name} close their socket only`, async () => {
      const client = await server.open()
      send(client)
      // Well before identifyMs, which would close it too.
      assert.ok(await Promise.race([client.closed, after5s()]), 'it was not closed within 5 s')
      await goesOn()
    })
  }

  it('in 10,000 empty fragments do no harm', async () => {
    const { client } = await server.join('fragments')
    client.raw(1, Buffer.alloc(0), { fin: false })
    client.socket.write(
      Buffer.concat(Array.from({ length: 10_000 }, () => frameBytes(0, Buffer.alloc(0), { fin: false }))),
    )
    client.raw(0, Buffer.from('{"op":"heartbeat","ref":1}'))
    await Promise.race([client.next('heartbeat'), client.closed])
    await goesOn()
  })
})
