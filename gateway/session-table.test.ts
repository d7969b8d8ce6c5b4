import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection } from './connection.ts'
import { FakeClock } from './fake-clock.ts'
import { SessionTable } from './session-table.ts'

function makeTable(detachedMax = 100) {
  const clock = new FakeClock()
  return { clock, table: new SessionTable(clock, { detachedMs: 120_000, detachedMax }) }
}

let lastId = 0
const connection = (): Connection => new Connection(++lastId, false, 0, 0)

describe('the session table', () => {
  it('redeems a ticket once', () => {
    const { table } = makeTable()
    const session = table.open('alice', 'phone', connection())
    const { session: name, resume } = table.credentials(session)
    assert.equal(table.redeem('alice', name, resume), session)
    assert.equal(table.redeem('alice', name, resume), undefined)
    assert.equal(table.redeem('alice', name, table.credentials(session).resume), session)
  })

  it('refuses foreign, forged and malformed tickets', () => {
    const { table } = makeTable()
    const { session, resume } = table.credentials(table.open('alice', 'phone', connection()))
    const other = makeTable().table
    other.open('alice', 'phone', connection())
    assert.equal(table.redeem('bob', session, resume), undefined)
    assert.equal(other.redeem('alice', session, resume), undefined)
    for (const ticket of ['', 'x', `${resume}AA`, resume.slice(1)]) {
      assert.equal(table.redeem('alice', session, ticket), undefined)
    }
    for (const name of ['', '1', `${session}0`, `${session}\n`]) {
      assert.equal(table.redeem('alice', name, resume), undefined)
    }
  })

  it('forgets a session 120 s after its socket, but not one that came back', () => {
    const { table, clock } = makeTable()
    const gone = table.open('alice', 'phone', connection())
    const back = table.open('alice', 'laptop', connection())
    table.detach(gone)
    table.detach(back)
    clock.advance(119_000)
    const { session, resume } = table.credentials(back)
    assert.equal(table.redeem('alice', session, resume), back)
    assert.equal(table.size, 2)
    clock.advance(10_000)
    assert.deepEqual(table.of('alice'), [back])
    assert.equal(clock.timers, 0)
  })

  it('holds a bounded number of detached sessions and lets the oldest go', () => {
    const { table } = makeTable(2)
    const users = ['a', 'b', 'c']
    for (const user of users) table.detach(table.open(user, 'd', connection()))
    assert.deepEqual(
      users.map((user) => table.of(user).length),
      [0, 1, 1],
    )
  })
})
