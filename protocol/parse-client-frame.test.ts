import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BODY_CHARS_MAX, CLIENT_FRAMES, CURSORS_MAX, type ErrorCode, parseClientFrame } from './index.ts'

const SEND = { op: 'send', ref: 7, to: '41771983423143936', id: 'a-1_B', body: 'secret' }
const IDENTIFY = { op: 'identify', ref: 7, token: 'secret', device: 'phone' }
const HISTORY = { op: 'history', ref: 7, conversation: '1', limit: 50 }

function refusal(value: unknown): { code: ErrorCode; message: string; ref: number | undefined } {
  const parsed = parseClientFrame(value)
  return parsed.ok ? assert.fail('it was taken') : { ...parsed.failure, ref: parsed.ref }
}

const cursors = (conversations: unknown) => ({ ...IDENTIFY, cursors: { conversations } })
const manyCursors = (size: number, value: unknown = 1) =>
  cursors(Object.fromEntries(Array.from({ length: size }, (_, i) => [String(10 ** 12 + i), value])))

describe('a frame of a client is taken', () => {
  const taken: Readonly<Record<string, object>> = {
    'with every field': { ...SEND, kind: 'cipher', replyTo: 3 },
    'without ref': { op: 'heartbeat' },
    'with ref 0': { op: 'heartbeat', ref: 0 },
    'with the greatest ref': { op: 'heartbeat', ref: 2 ** 32 - 1 },
    'with an empty body': { ...SEND, body: '' },
    'with the longest body': { ...SEND, body: 'x'.repeat(BODY_CHARS_MAX) },
    'with the longest body of characters outside the basic plane': {
      ...SEND,
      body: '😀'.repeat(BODY_CHARS_MAX),
    },
    'with fields that the contract does not name': { ...SEND, extra: { any: ['thing'] }, constructor: 1 },
    'with a device of 64 characters of any script': { ...IDENTIFY, device: '😀'.repeat(64) },
    'with cursors': { ...IDENTIFY, cursors: { inbox: 0, conversations: { '1': 0, '41771983423143936': 5 } } },
    'with as many cursors as there may be': manyCursors(CURSORS_MAX),
    'with both ends of a range': { ...HISTORY, after: 1, before: 9 },
    'with the greatest seq': { op: 'ack', conversation: '1', seq: 2 ** 53 - 1 },
  }
  for (const [how, frame] of Object.entries(taken)) {
    it(how, () => assert.deepEqual(parseClientFrame(frame), { ok: true, frame }))
  }
})

describe('a frame of a client is refused with BAD_FRAME that names the field and repeats ref', () => {
  const refused: Readonly<Record<string, readonly [object, RegExp]>> = {
    'without op': [{ ref: 7 }, /op is not a string/],
    'with a number as op': [{ op: 1, ref: 7 }, /op is not a string/],
    'without a field': [{ op: 'send', ref: 7, to: '1' }, /id and body/],
    'with a number as an id': [{ ...SEND, to: 1 }, /to must be string/],
    'with an id that is not a Snowflake': [{ ...SEND, to: '01' }, /to must match/],
    'with a client id of 65 characters': [{ ...SEND, id: 'x'.repeat(65) }, /id must match/],
    'with a client id of other characters': [{ ...SEND, id: 'a b' }, /id must match/],
    'with a body that is not a string': [{ ...SEND, body: ['secret'] }, /body must be string/],
    'with half a surrogate pair in its body': [{ ...SEND, body: 'secret\ud800' }, /body is not well-formed/],
    'with an unknown kind': [{ ...SEND, kind: 'secret' }, /kind must be one of/],
    'with null where a field is optional': [{ ...SEND, replyTo: null }, /replyTo must be/],
    'with a reply to 0': [{ ...SEND, replyTo: 0 }, /replyTo must be/],
    'with a fraction as seq': [{ op: 'read', ref: 7, conversation: '1', seq: 1.5 }, /seq must be/],
    'with a negative seq': [{ op: 'read', ref: 7, conversation: '1', seq: -1 }, /seq must be/],
    'with a seq of 2^53': [{ op: 'ack', ref: 7, conversation: '1', seq: 2 ** 53 }, /seq must be/],
    'with a bigint': [{ op: 'ack', ref: 7, conversation: '1', seq: 1n }, /seq must be/],
    'with NaN': [{ op: 'sync', ref: 7, after: Number.NaN }, /after must be/],
    'with a limit of 201': [{ ...HISTORY, limit: 201 }, /limit must be/],
    'with a limit of 0': [{ ...HISTORY, limit: 0 }, /limit must be/],
    'with an empty device': [{ ...IDENTIFY, device: '' }, /device must/],
    'with a device of 65 characters': [{ ...IDENTIFY, device: 'é'.repeat(65) }, /device must/],
    'with a control character in the device': [{ ...IDENTIFY, device: 'a\u0007' }, /device must/],
    'with a C1 control character in the device': [{ ...IDENTIFY, device: 'a\u0085' }, /device must/],
    'with half a surrogate pair in the device': [
      { ...IDENTIFY, device: '\udc00' },
      /device is not well-formed/,
    ],
    'with an array as cursors': [{ ...IDENTIFY, cursors: [] }, /cursors must be object/],
    'with a cursor of no conversation': [
      cursors({ secret: 1 }),
      /cursors.conversations must have conversation ids/,
    ],
    'with a line break in a cursor': [
      cursors({ '1\n': 1 }),
      /cursors.conversations must have conversation ids/,
    ],
    'with a cursor that is not a number': [
      cursors({ '1': 'secret' }),
      /cursors.conversations must be integer/,
    ],
    'with too many cursors': [manyCursors(CURSORS_MAX + 1), /identify/],
    'with many bad cursors': [manyCursors(CURSORS_MAX, 'secret'), /identify/],
    'to resume without cursors': [{ op: 'resume', ref: 7, token: '', session: '', resume: '' }, /cursors/],
  }
  for (const [how, [frame, message]] of Object.entries(refused)) {
    it(how, () => {
      const { code, ref, message: text } = refusal(frame)
      assert.deepEqual([code, ref], ['BAD_FRAME', 7])
      assert.match(text, message)
      assert.doesNotMatch(text, /secret/)
      assert.ok(text.length < 200)
    })
  }
})

describe('parsing a frame of a client', () => {
  it('answers an unknown op with UNKNOWN_OP, and does not repeat it', () => {
    for (const op of ['', 'secret', 'Send', 'constructor', '__proto__', 'toString', 'hello', 'message']) {
      const { code, ref, message } = refusal({ op, ref: 7 })
      assert.deepEqual([code, ref], ['UNKNOWN_OP', 7])
      assert.doesNotMatch(message, /secret/)
    }
  })

  it('answers a body of more than 100,000 characters with TOO_LARGE', () => {
    for (const body of ['x'.repeat(BODY_CHARS_MAX + 1), '😀'.repeat(BODY_CHARS_MAX + 1)]) {
      const { code, ref } = refusal({ ...SEND, body })
      assert.deepEqual([code, ref], ['TOO_LARGE', 7])
    }
  })

  it('repeats no ref that is not itself valid', () => {
    for (const ref of [-1, 1.5, 2 ** 32, '1', null, Number.NaN, {}]) {
      assert.deepEqual(
        [refusal({ ...SEND, ref }).code, refusal({ ...SEND, ref }).ref],
        ['BAD_FRAME', undefined],
      )
      assert.equal(refusal({ op: 'nothing', ref }).ref, undefined)
    }
  })

  it('refuses what is not a map', () => {
    for (const value of [undefined, null, 1, 'send', [], [SEND], () => SEND]) {
      assert.equal(refusal(value).code, 'BAD_FRAME')
    }
  })

  it('takes a frame whose own __proto__ names another op for what it is', () => {
    const disguised: unknown = JSON.parse('{"op":"heartbeat","__proto__":{"op":"send"}}')
    assert.equal(parseClientFrame(disguised).ok, true)
    assert.equal(refusal(JSON.parse('{"__proto__":{"op":"heartbeat"}}')).code, 'BAD_FRAME')
  })

  it('knows every op of a client', () => {
    for (const op of Object.keys(CLIENT_FRAMES))
      assert.notEqual(
        (parseClientFrame({ op }) as { failure?: { code: string } }).failure?.code,
        'UNKNOWN_OP',
      )
  })
})
