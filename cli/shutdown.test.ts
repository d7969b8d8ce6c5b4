import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { stopSignal } from './shutdown.ts'

function setUp() {
  const source = new EventEmitter()
  const exits: number[] = []
  let time = 1_000
  const stopped = stopSignal({ source, now: () => time, exit: (code) => exits.push(code) })
  return {
    stopped,
    exits,
    signal: (name: string, afterMs: number) => {
      time += afterMs
      source.emit(name, name)
    },
  }
}

describe('signals', () => {
  it('ask to stop with the first', async () => {
    const { stopped, signal } = setUp()
    signal('SIGTERM', 0)
    assert.equal(await stopped, 'SIGTERM')
  })

  it('end the process at once with the second, whichever it is', () => {
    const { exits, signal } = setUp()
    signal('SIGTERM', 0)
    signal('SIGINT', 500)
    assert.deepEqual(exits, [130])
  })

  it('count once when npm repeats what the terminal has sent', () => {
    const { exits, signal } = setUp()
    for (const afterMs of [0, 3, 20]) signal('SIGINT', afterMs)
    assert.deepEqual(exits, [])
  })
})
