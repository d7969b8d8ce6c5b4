/** The client against a server that keeps the contract and breaks everything else. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ChatMessage, GuildhallClient, type Sent } from './index.ts'
import { memoryStore, type Socket, type SocketHandlers, type Store } from './ports.ts'
import { FakeClock } from './testing/fake-clock.ts'
import { FakeServer, type Faults, NO_FAULTS } from './testing/fake-server.ts'

const RUNS = Number(process.env.GUILDHALL_CLIENT_RUNS ?? 100)
const CONVERSATIONS = ['1', '2', '3'] as const

/** A small generator of its own, so that one seed names the whole run. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One process of one user on one device. `crash` stops its time, its socket and its store in the middle of whatever it does. */
class Person {
  readonly client: GuildhallClient
  readonly got: ChatMessage[] = []
  readonly sent: Promise<Sent>[] = []
  readonly #sockets: Socket[] = []
  #alive = true

  constructor(server: FakeServer, clock: FakeClock, random: () => number, owner: Owner, store: Store) {
    const [user, device] = owner
    this.client = new GuildhallClient({
      url: 'ws://fake',
      token: user,
      device,
      random,
      clock: { now: () => clock.now(), after: (ms, fire) => clock.after(ms, () => this.#alive && fire()) },
      store: this.#slow(store, clock, random),
      socket: (url, handlers) => this.#open(server, url, handlers),
    })
    this.client.on('message', (message) => void this.got.push(message))
    this.client.start()
  }

  crash(): void {
    this.#alive = false
    for (const socket of this.#sockets) socket.close(1006, '')
  }

  history(conversation: string): Omit<ChatMessage, 'own'>[] {
    return this.got.filter((one) => one.conversation === conversation).map(({ own: _, ...rest }) => rest)
  }

  #open(server: FakeServer, url: string, handlers: SocketHandlers): Socket {
    const socket = server.socket(url, {
      open: () => this.#alive && handlers.open(),
      message: (data) => this.#alive && handlers.message(data),
      closed: (code, reason) => this.#alive && handlers.closed(code, reason),
    })
    this.#sockets.push(socket)
    return socket
  }

  #slow(store: Store, clock: FakeClock, random: () => number): Store {
    const wait = () =>
      new Promise<void>((resolve) => clock.after(Math.floor(random() * 30), () => this.#alive && resolve()))
    return {
      get: (key) => wait().then(() => store.get(key)),
      set: (key, value) => wait().then(() => store.set(key, value)),
      delete: (key) => wait().then(() => store.delete(key)),
    }
  }
}

type Owner = readonly [user: string, device: string]

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      who: fc.nat(2),
      to: fc.nat(2),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('kill' as const),
      who: fc.nat(2),
      code: fc.constantFrom(1006, 1012, 4000, 4008, 4011),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), who: fc.nat(2) }) },
)

const faultsArbitrary: fc.Arbitrary<Faults> = fc.record({
  socketDies: fc.constantFrom(0, 0.02, 0.1),
  sendUnanswered: fc.constantFrom(0, 0.1),
  sendRefused: fc.constantFrom(0, 0.2),
  pushLost: fc.constantFrom(0, 0.2),
  pushTwice: fc.constantFrom(0, 0.3),
  sessionGone: fc.constantFrom(0, 0.5),
  resync: fc.constantFrom(0, 0.05),
  delayMsMax: fc.constantFrom(2, 50, 800),
})

const OWNERS = [
  ['alice', 'phone'],
  ['alice', 'desk'],
  ['bob', 'phone'],
] as const

describe('clients of a server whose sockets, pushes and answers fail by chance', () => {
  it('end with identical histories, each message once and in order, and empty outboxes', async () => {
    const script = fc.array(
      step.filter((one) => one.do !== 'restart'),
      { maxLength: 25 },
    )
    await fc.assert(
      fc.asyncProperty(fc.nat(), faultsArbitrary, script, async (seed, faults, steps) => {
        const world = await run(seed, faults, steps)
        for (const person of world.people) await sameAsLog(world.server, person)
        for (const person of world.everyone) await Promise.all(person.sent)
        idsNeverChange(world.server)
        orderKept(world.server)
        for (const person of world.people) {
          const closed = person.client.close()
          await world.clock.advance(5_000)
          await closed
        }
        assert.ok(world.clock.fired < 60_000, `the clock fired ${world.clock.fired} times`)
      }),
      { numRuns: RUNS },
    )
  })

  it('lose nothing when their process restarts with its store, and never repeat within a process', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        faultsArbitrary,
        fc.array(step, { maxLength: 25 }),
        async (seed, faults, steps) => {
          const world = await run(seed, faults, steps)
          idsNeverChange(world.server)
          for (const [index, person] of world.people.entries()) {
            assert.equal(person.client.unsent, 0)
            const lives = world.everyone.filter((one) => world.ownerOf.get(one) === index)
            for (const conversation of CONVERSATIONS) {
              const held = new Set<number>()
              for (const life of lives) {
                const seqs = life.history(conversation).map(({ seq }) => seq)
                assert.deepEqual(
                  seqs,
                  seqs.map((_, at) => (seqs[0] ?? 0) + at),
                )
                for (const seq of seqs) held.add(seq)
              }
              assert.deepEqual(
                [...held].sort((a, b) => a - b),
                world.server.log(conversation).map(({ seq }) => seq),
              )
            }
          }
        },
      ),
      { numRuns: RUNS },
    )
  })
})

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

async function run(seed: number, faults: Faults, steps: readonly Step[]) {
  const clock = new FakeClock()
  const random = mulberry(seed)
  const server = new FakeServer(clock, random)
  for (const id of CONVERSATIONS) server.addConversation(id, ['alice', 'bob'])
  server.faults = faults
  const stores = OWNERS.map(() => memoryStore())
  const ownerOf = new Map<Person, number>()
  const everyone: Person[] = []
  const spawn = (index: number): Person => {
    const store = stores[index] ?? memoryStore()
    const person = new Person(server, clock, random, OWNERS[index] ?? OWNERS[0], store)
    ownerOf.set(person, index)
    everyone.push(person)
    return person
  }
  const people = OWNERS.map((_, index) => spawn(index))
  let count = 0
  for (const one of steps) {
    switch (one.do) {
      case 'send':
        for (let time = 0; time < one.times; time++) {
          const body = `${one.who}/${String(count++).padStart(6, '0')}`
          const sent = people[one.who]?.client.send(CONVERSATIONS[one.to] ?? '1', body)
          sent?.catch(() => {})
          if (sent) people[one.who]?.sent.push(sent)
        }
        break
      case 'wait':
        await clock.advance(one.ms)
        break
      case 'kill': {
        const [user, device] = OWNERS[one.who] ?? OWNERS[0]
        const found = server.online(user).find((connection) => connection.device === device)
        if (found) server.kill(found, one.code)
        break
      }
      case 'restart': {
        people[one.who]?.crash()
        people[one.who] = spawn(one.who)
      }
    }
  }
  await clock.advance(20_000)
  server.faults = NO_FAULTS
  await clock.advance(120_000)
  return { server, clock, people, everyone, ownerOf }
}

async function sameAsLog(server: FakeServer, person: Person): Promise<void> {
  assert.equal(person.client.unsent, 0)
  for (const conversation of CONVERSATIONS) {
    assert.deepEqual(person.history(conversation), server.log(conversation))
  }
}

function idsNeverChange(server: FakeServer): void {
  const idOf = new Map<string, string>()
  for (const frame of server.received) {
    if (frame.op !== 'send') continue
    assert.equal(idOf.get(frame.body) ?? frame.id, frame.id)
    idOf.set(frame.body, frame.id)
  }
}

function orderKept(server: FakeServer): void {
  for (const conversation of CONVERSATIONS) {
    for (const who of ['0', '1', '2']) {
      const bodies = server
        .log(conversation)
        .map(({ body }) => body)
        .filter((body) => body.startsWith(who))
      assert.deepEqual(bodies, [...bodies].sort())
    }
  }
}
