/** What a node writes to its log at the most talkative level: neither what people say nor what lets somebody in. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { pair } from './people.ts'
import { newId, RawClient } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import { inSeconds, SECRET, signed } from './tokens.ts'

const SAID = 'hunter2'

it('the log of a node at every level holds no bodies, tokens, tickets or secrets', async () => {
  process.env.GUILDHALL_LOG_LEVEL = 'debug'
  const server = await ServerProcess.start()
  try {
    const { alice, bob, a, dm } = await pair(server.url)
    await alice.say(dm, SAID)
    const id = newId()
    await alice.say(dm, SAID, { id })
    assert.equal(await alice.refused({ op: 'send', to: dm, id, body: `${SAID} changed` }), 'CONFLICT')
    assert.equal(await alice.refused({ op: SAID, body: SAID }), 'UNKNOWN_OP')
    assert.equal(await alice.refused({ op: 'send', to: SAID, id: SAID, body: SAID }), 'BAD_FRAME')
    await a.http.post(`/v1/conversations/${dm}/messages`, { id: newId(), body: SAID })
    await a.http.call('POST', `/v1/conversations/${dm}/messages`, `{"body":"${SAID}`)
    await a.http.get(`/v1/${SAID}?token=${SAID}`)
    const expired = signed({ sub: a.name, exp: inSeconds(-60) })
    const refused = await RawClient.connect(server.url)
    refused.send({ op: 'identify', token: expired, device: SAID })
    await refused.closeCode()
    const ready = alice.log.find((frame) => frame.op === 'ready')
    assert.ok(ready?.op === 'ready')
    alice.socket.send(`{"op":"send","body":"${SAID}`)
    await alice.closeCode()
    await bob.leave()
    assert.equal(await server.terminate(), 0)

    assert.match(server.output, /listening/)
    assert.match(server.output, /drained/)
    for (const secret of [SAID, SECRET, a.token, expired, ready.resume]) {
      assert.ok(!server.output.includes(secret), `${secret.slice(0, 12)}… is in the log`)
    }
  } finally {
    delete process.env.GUILDHALL_LOG_LEVEL
    await server.dispose()
  }
})
