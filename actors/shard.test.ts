import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { defineActor } from '../runtime/index.ts'
import { Probe, Simulation } from '../runtime/testing/index.ts'
import { openLmdbStore } from '../storage/index.ts'
import type { ConfigMsg, NodeSettings } from './services.ts'
import { shard } from './shard.ts'

const config = (settings: NodeSettings) =>
  defineActor<null, ConfigMsg>({
    name: 'config',
    async init(_arg, ctx) {
      await ctx.register('config')
      return null
    },
    handle: (_state, msg, ctx) => ctx.reply(msg.replyTo, settings),
  })

describe('a shard', () => {
  let data = ''
  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'guildhall-shard-'))
  })
  after(() => rm(data, { recursive: true, force: true }))

  async function start(folder: string | undefined) {
    const simulation = new Simulation({ threads: 2, definitions: [shard] })
    const settings = { node: 'test', nodeNumber: 0, threads: 1, data: folder, mapSizeMb: 16 }
    await simulation.start(config(settings), undefined)
    // A name reaches other threads a moment later; real threads keep the order of names and starts.
    await simulation.advance(10)
    // Opening files takes real time, which a simulation does not wait for by itself.
    const parent = new Probe(simulation, { thread: 1 })
    const ref = await parent.do((ctx) => ctx.spawn(shard, undefined, { link: true }))
    const names = ['users.1', 'relays.1', 'conversations.1', 'guilds.1', 'api.1', 'sessions.1']
    const missing = () => names.filter((name) => simulation.kernel(0).names.whereis(name) === undefined)
    for (let turn = 0; turn < 100_000 && missing().length > 0; turn++) await simulation.advance(1)
    return { simulation, parent, ref, missing }
  }

  it('registers all that other shards and the gateway send to', async () => {
    const { missing } = await start(undefined)
    assert.deepEqual(missing(), [])
  })

  it('closes its store when it stops', async () => {
    const { simulation, parent, ref, missing } = await start(data)
    assert.deepEqual(missing(), [])
    simulation.exit(parent.ref, 'kill')
    for (let turn = 0; turn < 100_000 && simulation.isAlive(ref); turn++) await simulation.advance(1)
    assert.equal(simulation.isAlive(ref), false)
    const store = await openLmdbStore({ path: data })
    assert.equal(await store.lastId(), '0')
    await store.close()
  })

  it('says which shard lacks its settings', async () => {
    const simulation = new Simulation({ threads: 2, definitions: [shard] })
    await assert.rejects(simulation.start(shard, undefined, 1), (error: Error) => {
      assert.match(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`, /Cannot start/)
      return true
    })
  })
})
