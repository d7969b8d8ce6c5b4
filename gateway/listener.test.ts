import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { describe, it } from 'node:test'
import { FakeClock } from './fake-clock.ts'
import { Listener, type ListenerPorts } from './listener.ts'
import { checkSettings } from './settings.ts'

async function connects(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1')
  const event = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return event
}

describe('a listener that paused', () => {
  it('outlives that its port is taken, and listens again when it is free', async (t) => {
    const clock = new FakeClock()
    const ports = { capacity: () => ({ request() {} }) } as unknown as ListenerPorts
    const settings = checkSettings({ port: 0, auth: { key: { secret: 'x'.repeat(32) } } })
    const listener = new Listener(settings, ports, clock)
    t.after(() => listener.close())
    listener.listen()
    const { port } = listener
    listener.pause()
    const other = net.createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    listener.listenAgain()
    other.close()
    await once(other, 'close')
    assert.equal(await connects(port), false)
    clock.advance(1_000)
    assert.equal(await connects(port), true)
    assert.equal(clock.timers, 0)
  })

  it('does not listen again once it has paused anew', async (t) => {
    const clock = new FakeClock()
    const ports = { capacity: () => ({ request() {} }) } as unknown as ListenerPorts
    const settings = checkSettings({ port: 0, auth: { key: { secret: 'x'.repeat(32) } } })
    const listener = new Listener(settings, ports, clock)
    t.after(() => listener.close())
    listener.listen()
    listener.pause()
    const other = net.createServer().listen(listener.port, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    listener.listenAgain()
    listener.pause()
    assert.equal(clock.timers, 0)
  })
})
