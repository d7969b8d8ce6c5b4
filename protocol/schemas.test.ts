import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CLIENT_FRAMES,
  CLOSE,
  CLOSE_CODES,
  ERROR_CODES,
  endsSession,
  protocolSchema,
  SERVER_FRAMES,
} from './index.ts'

describe('the published contract', () => {
  const schema = protocolSchema()

  it('is plain data that JSON carries without loss', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema)
  })

  it('has a schema for every op, which names it', () => {
    for (const [frames, published] of [
      [CLIENT_FRAMES, schema.clientFrames],
      [SERVER_FRAMES, schema.serverFrames],
    ] as const) {
      assert.deepEqual(Object.keys(published), Object.keys(frames))
      for (const [op, frame] of Object.entries(published)) {
        assert.equal((frame as { properties: { op: { const: string } } }).properties.op.const, op)
      }
    }
  })

  it('holds every error code once', () => {
    assert.deepEqual(schema.errorCodes, ERROR_CODES)
    assert.equal(new Set(ERROR_CODES).size, 15)
  })

  it('holds every close code, its reason, and what a client does', () => {
    assert.deepEqual(
      schema.closeCodes.map(({ code }) => code).sort((a, b) => a - b),
      Object.values(CLOSE).sort((a, b) => a - b),
    )
    const then = (action: string) =>
      schema.closeCodes.filter((row) => row.then === action).map(({ code }) => code)
    assert.deepEqual(then('stop'), [1000, 1001, 4004, 4013])
    assert.deepEqual(then('identify'), [4003, 4005, 4007])
    assert.deepEqual(then('resume'), [1012, 4000, 4002, 4008, 4009, 4010, 4011])
  })

  it('gives reasons that fit into a close frame', () => {
    for (const { reason } of CLOSE_CODES.values()) assert.ok(new TextEncoder().encode(reason).length <= 123)
  })

  it('says that a session outlives every close but 1000, 1001, 4004 and 4013', () => {
    const ends = schema.closeCodes.filter((row) => row.endsSession).map(({ code }) => code)
    assert.deepEqual(ends, [1000, 1001, 4004, 4013])
    assert.equal(endsSession(1006), false)
  })
})
