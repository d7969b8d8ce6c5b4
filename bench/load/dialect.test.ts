import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codecOf } from '../../protocol/index.ts'
import { type Dialect, dialectNamed, GUILDHALL_JSON, GUILDHALL_MSGPACK, SOCKET_IO } from './dialect.ts'

const identity = { token: 't', device: 'd' }
const key = { session: '1', resume: 'r' }

function opening(dialect: Dialect, bytes: Buffer, who: typeof identity = identity) {
  return dialect.opening(bytes, 0, bytes.length, () => who)
}

for (const dialect of [GUILDHALL_JSON, GUILDHALL_MSGPACK]) {
  const codec = codecOf(dialect.name as 'guildhall.v1.json')
  const server = (frame: object): Buffer => Buffer.from(codec.encode(frame as never))

  describe(`a client of ${dialect.name}`, () => {
    it('answers hello with identify, and with resume when it has a session', () => {
      const first = opening(dialect, server({ op: 'hello' }))
      assert.ok(first.kind === 'answer')
      assert.deepEqual(codec.decode(first.payload), { op: 'identify', ...identity })
      const second = opening(dialect, server({ op: 'hello' }), { ...identity, session: key } as never)
      assert.ok(second.kind === 'answer')
      assert.deepEqual(codec.decode(second.payload), { op: 'resume', token: 't', ...key, cursors: {} })
    })

    it('keeps the session and the ticket of ready and resumed, and the code of an error', () => {
      assert.deepEqual(opening(dialect, server({ op: 'ready', ...key })), { kind: 'ready', key })
      assert.deepEqual(opening(dialect, server({ op: 'resumed', ...key })), { kind: 'resumed', key })
      assert.deepEqual(opening(dialect, server({ op: 'error', code: 'SESSION_GONE' })), {
        kind: 'error',
        code: 'SESSION_GONE',
      })
    })

    it('tells messages from other frames without decoding them', () => {
      const message = server({ op: 'message', conversation: '1', seq: 1 })
      const sent = server({ op: 'sent', to: '1' })
      assert.equal(dialect.isMessage(message, 0, message.length), true)
      assert.equal(dialect.isMessage(sent, 0, sent.length), false)
    })
  })
}

describe('a client of Socket.IO', () => {
  it('asks for the namespace, and is ready when it has it', () => {
    assert.deepEqual(opening(SOCKET_IO, Buffer.from('0{"sid":"a"}')), { kind: 'answer', payload: '40' })
    assert.deepEqual(opening(SOCKET_IO, Buffer.from('40{"sid":"b"}')), { kind: 'ready', key: undefined })
  })

  it('sends frames as events of their name', () => {
    assert.equal(SOCKET_IO.encode({ op: 'send', body: 'x' }), '42["send",{"op":"send","body":"x"}]')
  })
})

describe('a dialect', () => {
  it('is found by name, and nothing else is', () => {
    assert.equal(dialectNamed('socketio'), SOCKET_IO)
    assert.throws(() => dialectNamed('irc'), /Cannot speak "irc"/)
  })
})
