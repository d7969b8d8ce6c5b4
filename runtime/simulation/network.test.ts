import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Ref } from '../actor/index.ts'
import { Network, type Station } from './network.ts'

const station = (thread: number, epoch = 0): Station => ({ thread, epoch })
const pair = (from: number, to: number) => ({
  from: new Ref<never>(0, from, 1),
  to: new Ref<never>(1, to, 1),
})

/** Delivers everything that is due, in an order of the test's choice. */
function deliverAll(network: Network, nowMs: number, choose: (count: number) => number): void {
  for (let lanes = network.deliverable(nowMs); lanes.length > 0; lanes = network.deliverable(nowMs)) {
    network.deliver(lanes[choose(lanes.length)] as string)
  }
}

describe('the network between kernels', () => {
  it('keeps the order of every pair of actors, whatever the delays and the order of delivery', () => {
    const packets = fc.array(fc.record({ from: fc.nat(2), to: fc.nat(2), dueMs: fc.nat(5) }), {
      maxLength: 40,
    })
    const property = fc.property(packets, fc.infiniteStream(fc.nat(1_000)), (sent, choices) => {
      const network = new Network()
      const arrived = new Map<string, number[]>()
      sent.forEach(({ from, to, dueMs }, n) => {
        const lane = `${from}>${to}`
        network.post(station(0), station(1), pair(from, to), dueMs, () =>
          arrived.set(lane, [...(arrived.get(lane) ?? []), n]),
        )
      })
      for (let nowMs = 0; nowMs <= 5; nowMs++)
        deliverAll(network, nowMs, (count) => Number(choices.next().value) % count)
      assert.equal([...arrived.values()].flat().length, sent.length)
      for (const numbers of arrived.values())
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        )
      assert.equal(network.nextDue(), Infinity)
    })
    fc.assert(property)
  })

  it('delivers nothing before its time', () => {
    const network = new Network()
    network.post(station(0), station(1), undefined, 7, () => {})
    assert.deepEqual(
      [network.nextDue(), network.deliverable(6).length, network.deliverable(7).length],
      [7, 0, 1],
    )
  })

  it('delivers what a lost kernel had sent before the news of its loss, and what its successor sends after it', () => {
    const network = new Network()
    const log: string[] = []
    network.post(station(1, 1), station(0), undefined, 0, () => log.push('of the successor'))
    network.postLast(station(1, 0), station(0), 0, () => {
      log.push('news')
      network.learn(0, 1, 1)
    })
    network.post(station(1, 0), station(0), undefined, 3, () => log.push('of the lost one'))
    deliverAll(network, 0, () => 0)
    assert.deepEqual(log, [])
    deliverAll(network, 3, () => 0)
    assert.deepEqual(log, ['of the lost one', 'news', 'of the successor'])
  })

  it('delivers the news of two losses of one thread in their order', () => {
    const network = new Network()
    const log: string[] = []
    for (const [epoch, dueMs] of [
      [0, 3],
      [1, 0],
    ] as const) {
      network.postLast(station(1, epoch), station(0), dueMs, () => {
        log.push(`loss of ${epoch}`)
        network.learn(0, 1, epoch + 1)
      })
    }
    deliverAll(network, 0, () => 0)
    assert.deepEqual(log, [])
    deliverAll(network, 3, () => 0)
    assert.deepEqual([log, network.known(0, 1)], [['loss of 0', 'loss of 1'], 2])
  })

  it('forgets what is on its way to a lost kernel', () => {
    const network = new Network()
    network.post(station(0), station(1), undefined, 0, () => assert.fail('it was lost'))
    network.drop(1)
    assert.equal(network.nextDue(), Infinity)
  })
})
