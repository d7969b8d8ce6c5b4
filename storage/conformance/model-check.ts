/** Random operations against a model that is simple enough to be right by looking at it. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { Store } from '../ports.ts'
import type { NewMessage, StoredMessage } from '../records.ts'
import type { MakeSubject } from './context.ts'
import { nextId } from './fixtures.ts'

const CONVERSATIONS = ['11', '12', '13']
const USERS = ['alice', 'bob', 'acme\u001fbob']
const RUNS = 25

type Step =
  | { type: 'append'; conversation: string; ids: number[]; author: string; body: string; inboxes: string[] }
  | {
      type: 'read'
      conversation: string
      after: number | undefined
      before: number | undefined
      limit: number
    }
  | { type: 'inbox'; user: string; after: number; limit: number }
  | { type: 'advance'; conversation: string; user: string; seq: number }

const conversation = fc.constantFrom(...CONVERSATIONS)
const user = fc.constantFrom(...USERS)
const place = fc.nat(12)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('append' as const),
    conversation,
    ids: fc.array(fc.nat(15), { minLength: 1, maxLength: 4 }),
    author: user,
    body: fc.constantFrom('one', 'two'),
    inboxes: fc.uniqueArray(user),
  }),
  fc.record({
    type: fc.constant('read' as const),
    conversation,
    after: fc.option(place, { nil: undefined }),
    before: fc.option(place, { nil: undefined }),
    limit: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({
    type: fc.constant('inbox' as const),
    user,
    after: place,
    limit: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({ type: fc.constant('advance' as const), conversation, user, seq: place }),
)

/** Steps of one list are in flight together; the lists follow each other. */
const script = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 12 })

export function modelCheck(make: MakeSubject): void {
  it('does what a simple model does, whatever is asked', async () => {
    const run = async (lists: readonly (readonly Step[])[]) => {
      const subject = await make()
      try {
        const model = new Model()
        for (const steps of lists) await runSteps(subject.store, model, steps)
        await compareAll(subject.store, model)
      } finally {
        await subject.cleanUp()
      }
    }
    await fc.assert(fc.asyncProperty(script, run), { numRuns: RUNS })
  })
}

async function runSteps(store: Store, model: Model, steps: readonly Step[]): Promise<void> {
  // Reads between writes in flight may see either; they are compared when the writes are done.
  const writes = steps.filter(({ type }) => type === 'append' || type === 'advance')
  const expected = writes.map((write) => model.answer(write))
  const answers = await Promise.all(writes.map((write) => ask(store, write)))
  assert.deepEqual(answers, expected)
  for (const read of steps) {
    if (read.type === 'read' || read.type === 'inbox') {
      assert.deepEqual(await ask(store, read), model.answer(read))
    }
  }
}

async function compareAll(store: Store, model: Model): Promise<void> {
  for (const id of CONVERSATIONS) {
    const all: Step = { type: 'read', conversation: id, after: 0, before: undefined, limit: 1_000 }
    assert.deepEqual(await ask(store, all), model.answer(all))
  }
  for (const name of USERS) {
    const all: Step = { type: 'inbox', user: name, after: 0, limit: 1_000 }
    assert.deepEqual(await ask(store, all), model.answer(all))
  }
}

async function ask(store: Store, step: Step): Promise<unknown> {
  switch (step.type) {
    case 'append': {
      const results = await store.append(step.conversation, newMessages(step), step.inboxes)
      return results.map((result) =>
        result.status === 'conflict' ? 'conflict' : [result.status, result.seq, result.inboxes],
      )
    }
    case 'read': {
      const { items, more } = await store.read(step.conversation, step)
      return [items.map(essence), more]
    }
    case 'inbox': {
      const { items, more } = await store.readInbox(step.user, step.after, step.limit)
      return [items.map(({ n, message }) => [n, message.conversation, ...essence(message)]), more]
    }
    case 'advance':
      return store.advanceRead(step.conversation, step.user, step.seq)
  }
}

function essence({ seq, author, id, body }: StoredMessage) {
  return [seq, author, id, body]
}

function newMessages({ ids, author, body }: Extract<Step, { type: 'append' }>): NewMessage[] {
  return ids.map((id) => ({
    messageId: nextId(),
    id: `id-${id}`,
    author,
    device: 'phone',
    at: id,
    kind: 'text',
    body,
  }))
}

interface Held {
  readonly conversation: string
  readonly seq: number
  readonly author: string
  readonly id: string
  readonly body: string
}

class Model {
  readonly #held: Held[] = []
  readonly #inboxes: { user: string; n: number; held: Held }[] = []
  readonly #read = new Map<string, number>()

  answer(step: Step): unknown {
    switch (step.type) {
      case 'append':
        return step.ids.map((id) => this.#append(step, `id-${id}`))
      case 'read':
        return this.#page(step)
      case 'inbox': {
        const rest = this.#inboxes.filter(({ user, n }) => user === step.user && n > step.after)
        const page = rest.slice(0, step.limit)
        const items = page.map(({ n, held }) => [
          n,
          held.conversation,
          held.seq,
          held.author,
          held.id,
          held.body,
        ])
        return [items, rest.length > step.limit]
      }
      case 'advance': {
        const key = `${step.conversation} ${step.user}`
        this.#read.set(key, Math.max(this.#read.get(key) ?? 0, step.seq))
        return this.#read.get(key)
      }
    }
  }

  #append(step: Extract<Step, { type: 'append' }>, id: string): unknown {
    const log = this.#held.filter((held) => held.conversation === step.conversation)
    const known = log.find((held) => held.author === step.author && held.id === id)
    if (known !== undefined) return known.body === step.body ? ['duplicate', known.seq, []] : 'conflict'
    const { conversation, author, body } = step
    const held = { conversation, author, body, id, seq: log.length + 1 }
    this.#held.push(held)
    const numbers = step.inboxes.map((name) => {
      const n = this.#inboxes.filter(({ user }) => user === name).length + 1
      this.#inboxes.push({ user: name, n, held })
      return n
    })
    return ['appended', held.seq, numbers]
  }

  #page({ conversation, after, before, limit }: Extract<Step, { type: 'read' }>): unknown {
    const found = this.#held.filter(
      (held) =>
        held.conversation === conversation &&
        (after === undefined || held.seq > after) &&
        (before === undefined || held.seq < before),
    )
    const page = after === undefined ? found.slice(-limit) : found.slice(0, limit)
    return [page.map(({ seq, author, id, body }) => [seq, author, id, body]), found.length > limit]
  }
}
