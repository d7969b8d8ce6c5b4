import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeFrame, OPCODE, readFrames, startsWith } from './frames.ts'

/** As a server would send it: without a mask. */
function unmasked(opcode: number, text: string): Buffer {
  const frame = encodeFrame(opcode, Buffer.from(text))
  const header = frame.length - Buffer.byteLength(text) - 4
  frame[1] = (frame[1] as number) & 0x7f
  return Buffer.concat([frame.subarray(0, header), frame.subarray(header + 4)])
}

function read(bytes: Buffer, length = bytes.length) {
  const frames: [number, string][] = []
  const used = readFrames(bytes, length, (opcode, from, start, end) =>
    frames.push([opcode, from.toString('utf8', start, end)]),
  )
  return { frames, used }
}

describe('reading frames', () => {
  for (const size of [0, 1, 125, 126, 65_535, 65_536]) {
    it(`finds a frame of ${size} bytes and where it ends`, () => {
      const text = 'x'.repeat(size)
      const bytes = Buffer.concat([unmasked(OPCODE.text, text), Buffer.from([0x81])])
      assert.deepEqual(read(bytes), { frames: [[OPCODE.text, text]], used: bytes.length - 1 })
    })
  }

  it('reads all whole frames of a buffer and leaves the start of the next', () => {
    const bytes = Buffer.concat([unmasked(OPCODE.text, 'one'), unmasked(OPCODE.ping, 'two')])
    for (let length = 0; length <= bytes.length; length++) {
      const whole = length < 5 ? 0 : length < bytes.length ? 1 : 2
      const { frames, used } = read(bytes, length)
      assert.equal(frames.length, whole)
      assert.equal(used, whole * 5)
    }
  })

  it('does not read past the length that was received', () => {
    assert.deepEqual(read(unmasked(OPCODE.text, 'old'), 0), { frames: [], used: 0 })
  })
})

describe('a frame that is sent', () => {
  it('is masked, with a mask that leaves the payload as it is', () => {
    const frame = encodeFrame(OPCODE.text, Buffer.from('hi'))
    assert.deepEqual([...frame], [0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
  })
})

describe('startsWith', () => {
  const bytes = Buffer.from('..{"op":"message"}')
  it('compares from the start of the range and never past its end', () => {
    assert.equal(startsWith(bytes, 2, bytes.length, Buffer.from('{"op":"message"')), true)
    assert.equal(startsWith(bytes, 0, bytes.length, Buffer.from('{"op":"message"')), false)
    assert.equal(startsWith(bytes, 2, 8, Buffer.from('{"op":"message"')), false)
  })
})
