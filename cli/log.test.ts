import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLog } from './log.ts'

function capture(isTTY: boolean) {
  let text = ''
  const log = createLog('info', { isTTY, write: (more) => (text += more) })
  return { log, text: () => text }
}

describe('the log', () => {
  it('is JSON off a terminal', () => {
    const { log, text } = capture(false)
    log.info({ port: 4_000 }, 'listening')
    const { msg, port } = JSON.parse(text()) as Record<string, unknown>
    assert.deepEqual({ msg, port }, { msg: 'listening', port: 4_000 })
  })

  it('is one short line on a terminal', () => {
    const { log, text } = capture(true)
    log.warn({ user: 'a\u001b[2J' }, 'slow')
    assert.match(text(), /^\d\d:\d\d:\d\d WARN {2}slow user="a\\u001b\[2J"\n$/)
  })

  it('hides tokens, secrets, tickets and bodies, up to two levels deep', () => {
    for (const isTTY of [false, true]) {
      const { log, text } = capture(isTTY)
      const secrets = {
        token: 'hunter2',
        secret: 'hunter2',
        body: 'hunter2',
        resume: 'hunter2',
        ticket: 'hunter2',
      }
      log.info({ ...secrets, frame: secrets, request: { headers: { authorization: 'hunter2' } } }, 'seen')
      assert.match(text(), /seen/)
      assert.doesNotMatch(text(), /hunter2/)
    }
  })
})
