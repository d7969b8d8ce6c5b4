/** Properties over all frames: arbitrary ones are drawn from the published schemas. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Unpackr } from 'msgpackr'
import {
  CLIENT_FRAMES,
  type ClientFrame,
  type ClientFrameOf,
  codecOf,
  parseClientFrame,
  parseServerFrame,
  SERVER_FRAMES,
  type ServerFrame,
  type ServerFrameOf,
  SNOWFLAKE_PATTERN,
  SUBPROTOCOLS,
} from './index.ts'

/** What the schemas of this protocol are made of. */
interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
}

const snowflake = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(arbitraryOf))
  if (schema.patternProperties !== undefined) {
    return fc.dictionary(snowflake, fc.nat(), { maxKeys: 20, noNullPrototype: true })
  }
  switch (schema.type) {
    case 'object':
      return arbitraryObject(schema)
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), { maxLength: 5 })
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.maxSafeInteger().map((n) => (schema.minimum ?? 0) + (Math.abs(n) % (schema.maximum ?? 1)))
    case 'string':
      return arbitraryString(schema)
    default:
      throw new Error(`Cannot draw a value: the schema has type ${schema.type}`)
  }
}

function arbitraryObject({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, arbitraryOf(schema)]),
  )
  return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true })
}

function arbitraryString({ pattern, maxLength = 300 }: Schema): fc.Arbitrary<string> {
  if (pattern === SNOWFLAKE_PATTERN) return snowflake
  if (pattern?.includes('A-Z')) return fc.stringMatching(new RegExp(pattern))
  const any = fc.string({ unit: 'binary', minLength: 1, maxLength: Math.min(maxLength, 300) })
  return pattern === undefined ? any : any.filter((text) => new RegExp(pattern, 'u').test(text))
}

const serverFrame = fc.oneof(
  ...Object.values(SERVER_FRAMES).map((schema) => arbitraryOf(schema as unknown as Schema)),
) as fc.Arbitrary<ServerFrame>
const clientFrame = fc.oneof(
  ...Object.values(CLIENT_FRAMES).map((schema) => arbitraryOf(schema as unknown as Schema)),
) as fc.Arbitrary<ClientFrame>

const bytesOf = (encoded: string | Uint8Array) =>
  typeof encoded === 'string' ? new TextEncoder().encode(encoded) : encoded

describe('every frame of the contract', () => {
  for (const subprotocol of SUBPROTOCOLS) {
    const codec = codecOf(subprotocol)

    it(`comes back as it was from ${subprotocol}, and the client's check takes it`, () => {
      const property = fc.property(serverFrame, (frame) => {
        const decoded = codec.decode(bytesOf(codec.encode(frame)))
        assert.deepEqual(decoded, frame)
        assert.equal(parseServerFrame(decoded), decoded)
      })
      fc.assert(property, { numRuns: 1_000 })
    })

    it(`comes back as it was from ${subprotocol}, and the server's check takes it`, () => {
      const property = fc.property(clientFrame, (frame) => {
        const decoded = codec.decode(bytesOf(codec.encode(frame)))
        assert.deepEqual(parseClientFrame(decoded), { ok: true, frame })
      })
      fc.assert(property, { numRuns: 1_000 })
    })
  }

  it('is written in MessagePack as another implementation reads it', () => {
    const reference = new Unpackr({ useRecords: false, int64AsType: 'number' })
    const codec = codecOf('guildhall.v1.msgpack')
    const property = fc.property(fc.oneof(serverFrame, clientFrame), (frame) => {
      assert.deepEqual(reference.unpack(bytesOf(codec.encode(frame))), frame)
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  it('survives its fields being replaced by anything, as a frame or as an error that repeats its ref', () => {
    const property = fc.property(
      clientFrame,
      fc.dictionary(fc.constantFrom('op', 'to', 'id', 'body', 'cursors', 'seq', 'limit'), fc.anything()),
      (frame, replaced) => {
        const parsed = parseClientFrame({ ...frame, ...replaced })
        if (!parsed.ok) assert.equal(parsed.ref, frame.ref)
      },
    )
    fc.assert(property, { numRuns: 2_000 })
  })
})

describe('the types of frames', () => {
  it('give each op its own fields', () => {
    const send: ClientFrameOf<'send'> = { op: 'send', to: '1', id: 'a', body: '' }
    const sent: Omit<ServerFrameOf<'sent'>, 'messageId'> = {
      op: 'sent',
      to: send.to,
      id: send.id,
      seq: 1,
      at: 0,
      duplicate: false,
    }
    // @ts-expect-error: a heartbeat has no body
    const heartbeat: ClientFrameOf<'heartbeat'> = { op: 'heartbeat', body: '' }
    // @ts-expect-error: there is no such op
    const unknown: ClientFrame = { op: 'nothing' }
    // @ts-expect-error: a frame of the server is not one of a client
    const foreign: ClientFrame = { op: 'lagged', conversation: '1', from: 1, to: 2 }
    assert.deepEqual(
      [send.op, sent.op, heartbeat.op, unknown.op, foreign.op],
      ['send', 'sent', 'heartbeat', 'nothing', 'lagged'],
    )
  })
})
