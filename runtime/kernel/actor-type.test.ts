import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type AnyDefinition, defineActor } from '../actor/index.ts'
import { ActorType, typeName } from './actor-type.ts'
import { Labels } from './labels.ts'

const definition: AnyDefinition = defineActor({ name: 'room', init: () => null, handle: () => {} })

function recorder(): { type: ActorType; record: (message: unknown) => void; recent: () => string[] } {
  const type = new ActorType(definition, new Labels())
  let newer = 0
  let older = 0
  return {
    type,
    record(message) {
      older = (older << 8) | (newer >>> 24)
      newer = (newer << 8) | type.codeOf(message)
    },
    recent: () => type.describeRecent(newer, older),
  }
}

describe('the flight recorder of an actor', () => {
  it('tells the types of the last 8 messages, oldest first', () => {
    const types = fc.array(fc.constantFrom('join', 'leave', 'post', 'down', 'tick'), { maxLength: 30 })
    const property = fc.property(types, (sent) => {
      const { record, recent } = recorder()
      for (const type of sent) record({ type })
      assert.deepEqual(recent(), sent.slice(-8))
    })
    fc.assert(property)
  })

  it('knows 254 types and calls every further one (other)', () => {
    const { record, recent } = recorder()
    for (let n = 1; n <= 256; n++) record({ type: `type ${n}` })
    assert.deepEqual(recent().slice(-4), ['type 253', 'type 254', '(other)', '(other)'])
    record({ type: 'type 1' })
    assert.equal(recent().at(-1), 'type 1')
  })

  it("has a label for every code, which names the actor's type, too", () => {
    const published = new Map<number, string>()
    const type = new ActorType(definition, new Labels((label, name) => published.set(label, name)))
    assert.equal(published.get(type.label), 'room')
    for (let n = 1; n <= 300; n++)
      assert.ok(published.has(type.labelOf[type.codeOf({ type: `type ${n}` })] ?? -1))
    assert.equal(published.get(type.labelOf[type.codeOf({ type: 'type 7' })] ?? -1), 'room type 7')
  })
})

describe('the name of a message', () => {
  const cases: [message: unknown, name: string][] = [
    [{ type: 'post', text: 'a secret' }, 'post'],
    [{ text: 'a secret' }, 'object'],
    [{ type: 7 }, 'object'],
    [['a secret'], 'object'],
    ['a secret', 'string'],
    [7, 'number'],
    [null, 'object'],
    [undefined, 'undefined'],
  ]
  for (const [message, name] of cases) {
    it(`is '${name}' for ${JSON.stringify(message)}, never its content`, () => {
      assert.equal(typeName(message), name)
    })
  }
})
