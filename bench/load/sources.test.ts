import assert from 'node:assert/strict'
import { isIPv4 } from 'node:net'
import { describe, it } from 'node:test'
import { sourcesOf } from './sources.ts'

describe('source addresses', () => {
  const all = Array.from({ length: 500 }, (_, process) => sourcesOf(process)).flat()

  it('are addresses of the loopback network, and none is the one that servers listen on', () => {
    assert.ok(all.every((address) => isIPv4(address) && address.startsWith('127.')))
    assert.equal(all.includes('127.0.0.1'), false)
  })

  it('belong to one process each', () => {
    assert.equal(new Set(all).size, all.length)
  })
})
