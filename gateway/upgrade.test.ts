import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkUpgrade, type UpgradeRequest } from './upgrade.ts'

const GOOD: UpgradeRequest = {
  version: '13',
  key: 'dGhlIHNhbXBsZSBub25jZQ==',
  protocols: '',
  origin: '',
  host: 'chat.example:4000',
}

const statusOf = (request: Partial<UpgradeRequest>, origins?: readonly string[]): number => {
  const answer = checkUpgrade({ ...GOOD, ...request }, origins)
  return answer.ok ? 101 : answer.status
}

describe('an upgrade', () => {
  it('takes version 13 only', () => {
    assert.equal(statusOf({}), 101)
    for (const version of ['', '8', '12', '14', '13, 8']) assert.equal(statusOf({ version }), 426, version)
  })

  it('needs a well-formed key', () => {
    for (const key of ['', 'short', 'dGhlIHNhbXBsZSBub25jZ!==']) assert.equal(statusOf({ key }), 400, key)
  })

  it('takes the first known subprotocol, JSON when none is offered, and refuses unknown ones', () => {
    assert.deepEqual(checkUpgrade(GOOD, undefined), { ok: true, subprotocol: 'guildhall.v1.json', echo: '' })
    const offered = checkUpgrade(
      { ...GOOD, protocols: 'other, guildhall.v1.msgpack,guildhall.v1.json' },
      undefined,
    )
    assert.deepEqual(offered, { ok: true, subprotocol: 'guildhall.v1.msgpack', echo: 'guildhall.v1.msgpack' })
    assert.equal(statusOf({ protocols: 'guildhall.v2.json, chat' }), 400)
  })

  it('lets in native clients and pages of its own host, and by a list only those on it', () => {
    assert.equal(statusOf({ origin: 'http://chat.example:4000' }), 101)
    assert.equal(statusOf({ origin: 'https://chat.example', host: 'chat.example:443' }), 101)
    for (const origin of [
      'https://evil.example',
      'null',
      'http://chat.example',
      'http://chat.example:4000.evil',
    ]) {
      assert.equal(statusOf({ origin }), 403, origin)
    }
    const list = ['https://app.example']
    assert.equal(statusOf({ origin: 'https://app.example' }, list), 101)
    assert.equal(statusOf({ origin: 'http://chat.example:4000' }, list), 403)
  })
})
