import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection, type Socket } from './connection.ts'
import { FanOut, SLICE_SOCKETS, WAITING_BYTES_MAX, WAITING_MAX } from './fan-out.ts'
import type { Publish } from './linger.ts'

/** Sockets that subscribe as those of uWebSockets.js do, and turns of the event loop that the test takes. */
class Sockets {
  readonly fanOut: FanOut
  readonly told = new Map<Connection, number[]>()
  readonly #names = new Map<string, Set<Connection>>()
  #turns: (() => void)[] = []

  constructor() {
    this.fanOut = new FanOut({
      subscribers: (name) => this.#of(name).size,
      publish: (name, _binary, { seq }) => {
        for (const connection of this.#of(name)) this.told.get(connection)?.push(seq)
      },
      defer: (run) => this.#turns.push(run),
    })
  }

  open(msgpack = false): Connection {
    const connection = new Connection(this.told.size + 1, msgpack, 0, 0)
    connection.socket = {
      subscribe: (name: string) => this.#of(name).add(connection),
      unsubscribe: (name: string) => this.#of(name).delete(connection),
      isSubscribed: (name: string) => this.#of(name).has(connection),
    } as unknown as Socket
    this.told.set(connection, [])
    return connection
  }

  /** So many sockets join. */
  join(count: number, msgpack = false): Connection[] {
    return Array.from({ length: count }, () => {
      const connection = this.open(msgpack)
      this.fanOut.subscribe(connection, 'guild')
      return connection
    })
  }

  publish(...seqs: number[]): void {
    for (const seq of seqs) this.fanOut.publish(publishOf(seq))
  }

  /** How many sockets have been told something. */
  get reached(): number {
    return [...this.told.values()].filter(({ length }) => length > 0).length
  }

  turn(): boolean {
    const turns = this.#turns
    this.#turns = []
    for (const run of turns) run()
    return turns.length > 0
  }

  #of(name: string): Set<Connection> {
    const connections = this.#names.get(name) ?? new Set()
    this.#names.set(name, connections)
    return connections
  }
}

function publishOf(seq: number): Publish {
  const data = { json: 'x', msgpack: new Uint8Array(1) }
  return { type: 'publish', topic: 'guild', except: 0, conversation: '1', seq, at: 0, ...data }
}

describe('a publish to a topic', () => {
  it('of one slice goes out at once', () => {
    const sockets = new Sockets()
    sockets.join(SLICE_SOCKETS)
    sockets.publish(1)
    assert.equal(sockets.reached, SLICE_SOCKETS)
    assert.equal(sockets.turn(), false)
  })

  it('of several slices serves one of them in each turn of the event loop', () => {
    const sockets = new Sockets()
    sockets.join(2 * SLICE_SOCKETS + 5)
    assert.equal(sockets.fanOut.audience('guild'), 2 * SLICE_SOCKETS + 5)
    sockets.publish(1)
    const reached: number[] = []
    while (sockets.turn()) reached.push(sockets.reached)
    assert.deepEqual(reached, [SLICE_SOCKETS, 2 * SLICE_SOCKETS, 2 * SLICE_SOCKETS + 5])
  })

  it('goes out together with what gathered since, in order, once to each socket', () => {
    const sockets = new Sockets()
    sockets.join(3 * SLICE_SOCKETS)
    sockets.publish(1)
    sockets.turn()
    sockets.publish(2, 3)
    let turns = 0
    while (sockets.turn()) turns++
    assert.equal(turns, 3)
    for (const seqs of sockets.told.values()) assert.deepEqual(seqs, [1, 2, 3])
  })

  it('reaches both codecs, each in its own slices', () => {
    const sockets = new Sockets()
    sockets.join(SLICE_SOCKETS + 1)
    sockets.join(3, true)
    assert.equal(sockets.fanOut.audience('guild'), SLICE_SOCKETS + 4)
    sockets.publish(1)
    while (sockets.turn());
    for (const seqs of sockets.told.values()) assert.deepEqual(seqs, [1])
  })

  it('takes turns with those to other topics', () => {
    const sockets = new Sockets()
    sockets.join(5 * SLICE_SOCKETS)
    const others = Array.from({ length: SLICE_SOCKETS + 1 }, () => sockets.open())
    for (const other of others) sockets.fanOut.subscribe(other, 'other')
    sockets.publish(1)
    sockets.fanOut.publish({ ...publishOf(2), topic: 'other' })
    let turns = 0
    while (others.some((other) => sockets.told.get(other)?.length === 0) && sockets.turn()) turns++
    assert.ok(turns <= 4, `the other room waited for ${turns} turns`)
    while (sockets.turn());
    assert.equal(sockets.reached, 6 * SLICE_SOCKETS + 1)
  })

  it('costs a room that was large no more turns than its sockets need', () => {
    const sockets = new Sockets()
    const members = sockets.join(5 * SLICE_SOCKETS)
    for (const member of members.slice(10)) sockets.fanOut.unsubscribe(member, 'guild')
    sockets.publish(1)
    assert.equal(sockets.reached, 10)
    assert.equal(sockets.turn(), false)
  })

  it('serves a slice at once for which too many bytes wait', () => {
    const sockets = new Sockets()
    sockets.join(SLICE_SOCKETS + 1)
    const large = { ...publishOf(1), json: 'x'.repeat(WAITING_BYTES_MAX / 2 + 1) }
    sockets.fanOut.publish(large)
    assert.equal(sockets.reached, 0)
    sockets.fanOut.publish(large)
    assert.equal(sockets.reached, SLICE_SOCKETS + 1)
  })

  it('serves a slice at once for which too much waits', () => {
    const sockets = new Sockets()
    sockets.join(SLICE_SOCKETS + 1)
    for (let seq = 1; seq <= WAITING_MAX; seq++) sockets.publish(seq)
    assert.equal(sockets.reached, 0)
    sockets.publish(WAITING_MAX + 1)
    assert.equal(sockets.reached, SLICE_SOCKETS + 1)
  })
})

describe('a socket', () => {
  it('that joins is not told what was published before', () => {
    const sockets = new Sockets()
    const members = sockets.join(SLICE_SOCKETS + 1)
    sockets.publish(1)
    const [late] = sockets.join(1)
    sockets.publish(2)
    while (sockets.turn());
    assert.deepEqual(late && sockets.told.get(late), [2])
    for (const member of members) assert.deepEqual(sockets.told.get(member), [1, 2])
  })

  it('that joins again stays where it is, and is told everything once', () => {
    const sockets = new Sockets()
    const [first] = sockets.join(SLICE_SOCKETS + 1)
    assert.ok(first !== undefined)
    sockets.fanOut.subscribe(first, 'guild')
    assert.equal(sockets.fanOut.audience('guild'), SLICE_SOCKETS + 1)
    sockets.publish(1)
    while (sockets.turn());
    assert.deepEqual(sockets.told.get(first), [1])
  })

  it('that leaves is told what was published before, and makes room', () => {
    const sockets = new Sockets()
    const [first] = sockets.join(SLICE_SOCKETS + 1)
    assert.ok(first !== undefined)
    sockets.publish(1)
    sockets.fanOut.unsubscribe(first, 'guild')
    sockets.publish(2)
    while (sockets.turn());
    assert.deepEqual(sockets.told.get(first), [1])
    assert.equal(sockets.fanOut.isSubscribed(first, 'guild'), false)
    const [second] = sockets.join(1)
    sockets.publish(3)
    assert.equal(sockets.turn() && sockets.told.get(second as Connection)?.[0], 3)
  })

  it('finds a topic of one slice again when all have left', () => {
    const sockets = new Sockets()
    const members = sockets.join(SLICE_SOCKETS + 1)
    for (const member of members) sockets.fanOut.unsubscribe(member, 'guild')
    const [only] = sockets.join(1)
    sockets.publish(1)
    assert.deepEqual(only && sockets.told.get(only), [1])
  })
})
