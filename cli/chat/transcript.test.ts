import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChatMessage } from '../../client/index.ts'
import { Transcript } from './transcript.ts'

function message(seq: number, own = false): ChatMessage {
  const text = { id: `m${seq}`, messageId: `${seq}`, body: 'x', kind: 'text' as const }
  return { ...text, conversation: '1', seq, author: own ? 'me' : 'you', device: 'd', at: seq, own }
}

describe('what a chat shows', () => {
  it('is history first, then what came meanwhile, each message once', () => {
    const transcript = new Transcript()
    assert.equal(transcript.live(message(3)), undefined)
    assert.equal(transcript.live(message(4)), undefined)
    const shown = transcript.history([message(1), message(2), message(3)])
    assert.deepEqual(
      shown.map(({ seq }) => seq),
      [1, 2, 3, 4],
    )
    assert.equal(transcript.live(message(4)), undefined)
    assert.equal(transcript.live(message(5))?.seq, 5)
  })

  it('is a tick for the last own message, once for each step', () => {
    const transcript = new Transcript()
    transcript.history([message(1, true), message(2, true)])
    const ticks = [
      { delivered: 1 },
      { delivered: 2 },
      { delivered: 2 },
      { read: 1 },
      { read: 2 },
      { delivered: 2 },
    ]
    assert.deepEqual(
      ticks.map((receipt) => transcript.receipt(receipt)),
      [undefined, 'delivered', undefined, undefined, 'read', undefined],
    )
    transcript.live(message(3, true))
    assert.equal(transcript.receipt({ delivered: 3 }), 'delivered')
  })

  it('is no tick where nothing was said', () => {
    const transcript = new Transcript()
    transcript.history([message(1)])
    assert.equal(transcript.receipt({ read: 1 }), undefined)
  })
})
