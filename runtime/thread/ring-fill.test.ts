import assert from 'node:assert/strict'
import { it } from 'node:test'
import { RingReader, RingWriter } from './ring.ts'
import { ringFill } from './ring-fill.ts'
import { SharedMemory } from './shared-memory.ts'

it('the fill of a thread is that of the fullest ring into it, and falls when it reads', () => {
  const memory = SharedMemory.allocate(3, 64)
  assert.deepEqual(
    [0, 1, 2].map((thread) => ringFill(memory, thread)),
    [0, 0, 0],
  )
  new RingWriter(memory.ring(0, 1)).write(new Uint8Array(16), 0, 16)
  new RingWriter(memory.ring(2, 1)).write(new Uint8Array(48), 0, 48)
  assert.deepEqual(
    [0, 1, 2].map((thread) => ringFill(memory, thread)),
    [0, 0.75, 0],
  )
  new RingReader(memory.ring(2, 1)).release(48)
  assert.equal(ringFill(memory, 1), 0.25)
})
