import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RingReader, RingWriter, ringBuffer } from './ring.ts'

const CAPACITY = 64

function openRing() {
  const buffer = ringBuffer(CAPACITY)
  return { writer: new RingWriter(buffer), reader: new RingReader(buffer) }
}

describe('a ring', () => {
  it('delivers every byte once and in order, however writes, reads and wraps fall', () => {
    const steps = fc.array(fc.record({ write: fc.nat(CAPACITY), read: fc.nat(CAPACITY) }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (plan) => {
        const { writer, reader } = openRing()
        const sent: number[] = []
        const received: number[] = []
        let next = 0
        for (const { write, read } of plan) {
          if (writer.hasRoom(write, CAPACITY)) {
            const bytes = Uint8Array.from({ length: write }, () => next++ & 0xff)
            writer.write(bytes, 0, bytes.length)
            sent.push(...bytes)
          }
          const size = Math.min(read, reader.available)
          const copy = new Uint8Array(size)
          reader.copyTo(copy, size)
          reader.release(size)
          received.push(...copy)
        }
        assert.deepEqual(received, sent.slice(0, received.length))
        assert.equal(reader.available, sent.length - received.length)
      }),
    )
  })

  it('has room up to its capacity and not for one byte more', () => {
    const { writer, reader } = openRing()
    writer.write(new Uint8Array(40), 0, 40)
    assert.equal(writer.hasRoom(24, CAPACITY), true)
    assert.equal(writer.hasRoom(25, CAPACITY), false)
    reader.release(1)
    assert.equal(writer.hasRoom(25, CAPACITY), true)
  })

  it('keeps part of its room free when a limit below the capacity is asked for', () => {
    const { writer } = openRing()
    writer.write(new Uint8Array(50), 0, 50)
    assert.equal(writer.hasRoom(6, 56), true)
    assert.equal(writer.hasRoom(7, 56), false)
  })

  it('goes on counting when its positions pass 2^32', () => {
    const buffer = ringBuffer(CAPACITY)
    new Int32Array(buffer, 0, 64).fill(-8) // both positions, 8 bytes before the wrap
    const writer = new RingWriter(buffer)
    const reader = new RingReader(buffer)
    const bytes = Uint8Array.from({ length: 20 }, (_, index) => index)
    writer.write(bytes, 0, 20)
    const copy = new Uint8Array(20)
    assert.equal(reader.available, 20)
    reader.copyTo(copy, 20)
    reader.release(20)
    assert.deepEqual(copy, bytes)
    assert.equal(writer.used, 0)
  })

  it('holds for a second reader what the first one did not take', () => {
    const buffer = ringBuffer(CAPACITY)
    const writer = new RingWriter(buffer)
    writer.write(Uint8Array.of(1, 2, 3, 4), 0, 4)
    new RingReader(buffer).release(2)
    const copy = new Uint8Array(2)
    new RingReader(buffer).copyTo(copy, 2)
    assert.deepEqual(copy, Uint8Array.of(3, 4))
  })
})
