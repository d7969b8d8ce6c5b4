import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { availableBytes, kernelBytes, slabBytes, tcpBytes } from './kernel-memory.ts'

const MEMINFO = `MemTotal:       24684092 kB
MemAvailable:   23000000 kB
SUnreclaim:        11111 kB
Slab:              51200 kB
`
const SOCKSTAT = `sockets: used 131
TCP: inuse 5 orphan 0 tw 3 alloc 6 mem 7
UDP: inuse 0 mem 9
`

describe('memory of the kernel', () => {
  it('is read in bytes from kibibytes and pages', () => {
    assert.equal(slabBytes(MEMINFO), 51_200 * 1_024)
    assert.equal(availableBytes(MEMINFO), 23_000_000 * 1_024)
    assert.equal(tcpBytes(SOCKSTAT), 7 * 4_096)
  })

  it('says what is missing', () => {
    assert.throws(() => slabBytes(''), /has no Slab/)
    assert.throws(() => tcpBytes(''), /sockstat has none/)
  })

  it('is there on this machine', { skip: process.platform !== 'linux' }, () => {
    assert.ok(kernelBytes() > 0)
  })
})
