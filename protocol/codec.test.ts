import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Packr } from 'msgpackr'
import { codecOf, DecodeError, FRAME_VALUES_MAX, parseClientFrame } from './index.ts'

const json = codecOf('guildhall.v1.json')
const msgpack = codecOf('guildhall.v1.msgpack')
const reference = new Packr({ useRecords: false })

const utf8 = (text: string) => new TextEncoder().encode(text)
const bytes = (...parts: (number | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))))

function refusal(decode: () => unknown): DecodeError {
  try {
    decode()
  } catch (error) {
    assert.ok(error instanceof DecodeError)
    assert.equal(error.code, 'UNDECODABLE')
    assert.equal(error.cause, undefined)
    return error
  }
  return assert.fail('it was decoded')
}

/** A map of one byte per key and level: `{"a":{"a":...1}}`. */
const nestedJson = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
const nestedMsgpack = (depth: number) => Buffer.from(`${'81a161'.repeat(depth)}01`, 'hex')

describe('the JSON codec', () => {
  const undecodable: Readonly<Record<string, Uint8Array | string>> = {
    'nothing at all': '',
    'an array': '[]',
    'a scalar': '1',
    null: 'null',
    'a string': '"op"',
    'two maps': '{}{}',
    'a map and more': '{"op":"heartbeat"} x',
    'a map cut short': '{"op":',
    'an open string': '{"op":"heartbeat',
    NaN: '{"a":NaN}',
    Infinity: '{"a":Infinity}',
    'single quotes': "{'op':1}",
    'a comment': '{}//',
    'a byte order mark': '\ufeff{}',
    'a lone byte of UTF-8': bytes('{"a":"', 0xff, '"}'),
    'an overlong form of UTF-8': bytes('{"a":"', 0xc0, 0xaf, '"}'),
    'half a surrogate pair in UTF-8': bytes('{"a":"', 0xed, 0xa0, 0x80, '"}'),
  }
  for (const [what, data] of Object.entries(undecodable)) {
    it(`refuses ${what}, as bytes and as text`, () => {
      refusal(() => json.decode(typeof data === 'string' ? utf8(data) : data))
      if (typeof data === 'string') refusal(() => json.decode(data))
    })
  }

  it('repeats nothing of a frame that it refuses', () => {
    assert.doesNotMatch(String(refusal(() => json.decode('{"body":secret}')).stack), /secret/)
  })

  it('takes 32 levels and refuses 33, however brackets are spelt in strings', () => {
    assert.ok(json.decode(nestedJson(32)))
    refusal(() => json.decode(nestedJson(33)))
    const brackets = { body: `${'[{'.repeat(100)}\\"\\\\${'"'.repeat(50)}` }
    assert.deepEqual(json.decode(JSON.stringify(brackets)), brackets)
    for (const key of ['\\\\', '\\"', '\\\\\\"', ']}']) {
      refusal(() => json.decode(`{"${key}":${'['.repeat(32)}${']'.repeat(32)}}`))
    }
  })
})

describe('the MessagePack codec', () => {
  const undecodable: Readonly<Record<string, Uint8Array | string>> = {
    'nothing at all': bytes(),
    text: '{}',
    'an array': bytes(0x90),
    'a scalar': bytes(0x01),
    nil: bytes(0xc0),
    'two maps': bytes(0x80, 0x80),
    'a map cut short': bytes(0x81, 0xa1),
    'a map without its value': bytes(0x81, 0xa1, 'a'),
    'a map longer than the frame': bytes(0xdf, 0xff, 0xff, 0xff, 0xff),
    'an array longer than the frame': bytes(0x81, 0xa1, 'a', 0xdd, 0xff, 0xff, 0xff, 0xff),
    'a string longer than the frame': bytes(0x81, 0xa1, 'a', 0xdb, 0xff, 0xff, 0xff, 0xff),
    'an integer as a key': bytes(0x81, 0x01, 0x01),
    'a map as a key': bytes(0x81, 0x80, 0x01),
    'invalid UTF-8': bytes(0x81, 0xa1, 'a', 0xa1, 0xff),
    'invalid UTF-8 in a key': bytes(0x81, 0xa1, 0xff, 0x01),
    'an overlong form of UTF-8': bytes(0x81, 0xa1, 'a', 0xa2, 0xc0, 0xaf),
    binary: bytes(0x81, 0xa1, 'a', 0xc4, 1, 0),
    'a timestamp': bytes(0x81, 0xa1, 'a', 0xd6, 0xff, 0, 0, 0, 1),
    'a record of msgpackr': bytes(0x81, 0xa1, 'a', 0xd4, 0x72, 0x40, 0x91, 0xa1, 'a', 0x01),
    'the unused tag': bytes(0x81, 0xa1, 'a', 0xc1),
    NaN: bytes(0x81, 0xa1, 'a', 0xca, 0x7f, 0xc0, 0, 0),
    'infinity in 8 bytes': bytes(0x81, 0xa1, 'a', 0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0),
  }
  for (const [what, data] of Object.entries(undecodable)) {
    it(`refuses ${what}`, () => {
      refusal(() => msgpack.decode(data))
    })
  }

  it('takes 32 levels and refuses 33', () => {
    assert.ok(msgpack.decode(nestedMsgpack(32)))
    refusal(() => msgpack.decode(nestedMsgpack(33)))
  })

  it('refuses every frame that is cut short', () => {
    const whole = bytes(
      0x82,
      0xa1,
      'a',
      0xcf,
      0,
      0,
      1,
      0x8b,
      0xcf,
      0xe5,
      0x68,
      0,
      0xa1,
      'b',
      0x92,
      0xd9,
      1,
      'c',
      0xc0,
    )
    assert.deepEqual(msgpack.decode(whole), { a: 1_700_000_000_000, b: ['c', null] })
    for (let end = 0; end < whole.length; end++) refusal(() => msgpack.decode(whole.subarray(0, end)))
  })

  it('reads every form of number and length that another implementation writes', () => {
    const numbers = [
      0,
      127,
      128,
      255,
      256,
      65_535,
      65_536,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 53 - 1,
      0.5,
      -0.25,
      1e300,
    ]
    const negative = [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, 1 - 2 ** 53]
    const strings = [0, 31, 32, 40, 41, 255, 256, 65_535, 65_536].map((length) => 'é'.repeat(length))
    const frame = { numbers, negative, strings, many: new Array(70_000).fill(null), flags: [true, false] }
    const unbounded = codecOf('guildhall.v1.msgpack', Infinity)
    assert.deepEqual(unbounded.decode(reference.pack(frame)), frame)
    assert.deepEqual(unbounded.decode(unbounded.encode(frame as never)), frame)
    const asInt64 = { a: -(2n ** 40n), b: 2n ** 40n }
    assert.deepEqual(msgpack.decode(reference.pack(asInt64)), { a: -(2 ** 40), b: 2 ** 40 })
  })

  it('writes a time as an integer, not as floating point', () => {
    const frame = msgpack.encode({ op: 'reconnect', url: '', afterMs: 1_700_000_000_000 })
    assert.ok(Buffer.from(frame as Uint8Array).includes(Buffer.from('cf0000018bcfe56800', 'hex')))
  })

  it('keeps an integer beyond 2^53 where the schema refuses it', () => {
    for (const seq of [2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
      const parsed = parseClientFrame(msgpack.decode(reference.pack({ op: 'ack', conversation: '1', seq })))
      assert.equal(parsed.ok, false)
    }
  })

  it('gives bytes that its next frame does not change', () => {
    const first = msgpack.encode({ op: 'heartbeat', ref: 1 })
    const copy = Buffer.from(first as Uint8Array)
    msgpack.encode({ op: 'heartbeat', ref: 2 })
    assert.deepEqual(Buffer.from(first as Uint8Array), copy)
  })
})

describe('both codecs', () => {
  const proto = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"op":"heartbeat"}'
  const protoMsgpack = bytes(
    0x83,
    0xa9,
    '__proto__',
    0x81,
    0xa8,
    'polluted',
    0x01,
    0xab,
    'constructor',
    0x81,
    0xa9,
    'prototype',
    0x81,
    0xa8,
    'polluted',
    0x01,
    0xa2,
    'op',
    0xa9,
    'heartbeat',
  )

  it('take __proto__ and constructor as ordinary keys, and decode them to the same', () => {
    const decoded = [json.decode(proto), msgpack.decode(protoMsgpack)]
    for (const value of decoded) {
      assert.ok(value !== null && typeof value === 'object')
      assert.equal(Object.getPrototypeOf(value), Object.prototype)
      assert.deepEqual(Object.keys(value), ['__proto__', 'constructor', 'op'])
      assert.equal('polluted' in value, false)
      assert.equal(parseClientFrame(value).ok, true)
    }
    assert.equal(JSON.stringify(decoded[0]), JSON.stringify(decoded[1]))
    assert.equal('polluted' in {}, false)
  })

  it('decode a subarray of a larger buffer', () => {
    const around = Buffer.from(`xx${json.encode({ op: 'heartbeat' })}yy`)
    assert.deepEqual(json.decode(around.subarray(2, -2)), { op: 'heartbeat' })
    const packed = Buffer.concat([
      Buffer.from('xx'),
      msgpack.encode({ op: 'heartbeat' }) as Uint8Array,
      Buffer.from('yy'),
    ])
    assert.deepEqual(msgpack.decode(packed.subarray(2, -2)), { op: 'heartbeat' })
  })

  it('leave out fields that are undefined', () => {
    const frame = { op: 'heartbeat', ref: undefined } as never
    assert.deepEqual(json.decode(json.encode(frame)), { op: 'heartbeat' })
    assert.deepEqual(msgpack.decode(msgpack.encode(frame)), { op: 'heartbeat' })
  })

  it('refuse nesting of 200,000 without overflowing the stack', () => {
    refusal(() => json.decode(nestedJson(200_000)))
    refusal(() => json.decode('['.repeat(200_000)))
    refusal(() => json.decode(`${'['.repeat(200_000)}${']'.repeat(200_000)}`))
    refusal(() => msgpack.decode(nestedMsgpack(200_000)))
    refusal(() => msgpack.decode(Buffer.concat([bytes(0x81, 0xa1, 'a'), Buffer.alloc(200_000, 0x91)])))
  })

  it('refuse 100,000 integer-like keys before they build the map, and take as many as there may be', () => {
    const mapOf = (size: number) =>
      new Map(Array.from({ length: size }, (_, i) => [String((i * 2_654_435_761) >>> 0), 1]))
    for (const size of [100_000, FRAME_VALUES_MAX + 1]) {
      const text = JSON.stringify(Object.fromEntries(mapOf(size)))
      refusal(() => json.decode(text))
      refusal(() => msgpack.decode(reference.pack(mapOf(size))))
    }
    const most = mapOf(FRAME_VALUES_MAX)
    const decoded = json.decode(JSON.stringify(Object.fromEntries(most)))
    assert.deepEqual(msgpack.decode(reference.pack(most)), decoded)
    assert.equal(Object.keys(decoded as object).length, most.size)
  })

  it('take any number of values from a peer that is trusted', () => {
    const members = Array.from({ length: 50_000 }, (_, i) => `user ${i}`)
    const frame = { op: 'conversation.added', conversation: { members } } as never
    for (const subprotocol of ['guildhall.v1.json', 'guildhall.v1.msgpack'] as const) {
      const trusting = codecOf(subprotocol, Infinity)
      assert.deepEqual(trusting.decode(trusting.encode(frame)), frame)
    }
  })
})
