import assert from 'node:assert/strict'
import { isIPv4 } from 'node:net'
import { describe, it } from 'node:test'
import { Sources, sourcesOf } from './sources.ts'

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

describe('sources', () => {
  const ADDRESSES = ['127.1.0.1', '127.1.0.2']
  const take = (sources: Sources, count: number) =>
    Array.from({ length: count }, () => {
      const { number, address, port } = sources.take()
      return { number, name: `${address}:${port}`, port }
    })

  it('are given out once each, below the ports of the kernel, whatever they start with', () => {
    for (const start of [0, 0.5, 0.999_999]) {
      const sources = new Sources(ADDRESSES, start)
      const all = take(sources, 2 * 22_768)
      assert.equal(new Set(all.map(({ name }) => name)).size, all.length)
      assert.ok(all.every(({ port }) => port >= 10_000 && port < 32_768))
      assert.throws(() => sources.take(), /all 45536 source ports are taken/)
    }
  })

  it('rest after they were given back while there are others', () => {
    const sources = new Sources(ADDRESSES)
    const [first] = take(sources, 1)
    sources.giveBack(first?.number ?? 0)
    const others = take(sources, 2 * 22_768 - 1)
    assert.ok(others.every(({ name }) => name !== first?.name))
    assert.equal(take(sources, 1)[0]?.name, first?.name)
  })
})
