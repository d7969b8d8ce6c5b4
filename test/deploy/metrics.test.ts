/** /metrics of a real node: what it says after some traffic, and while a thread hangs. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { faulty } from '../chat/faulty-actor.ts'
import { LocalServer } from '../chat/local-server.ts'
import { pair, person } from '../chat/people.ts'
import { RawClient } from '../chat/raw-client.ts'
import { alertExpressions, dashboardExpressions, metricsIn } from './expressions.ts'
import { promtool } from './promtool.ts'
import { type Scrape, scrape } from './scrape.ts'

/** Names that are asked for from outside, against the habits of Prometheus, which has seconds. */
const ODD_NAMES = ['message_processing_duration_ms', 'database_query_duration_ms']
/** Of Prometheus itself. */
const FOREIGN = ['up']
const ANSWER_MS = 300

describe('/metrics after some traffic', () => {
  let server: LocalServer
  let seen: Scrape
  const ids: string[] = []

  before(async () => {
    server = await LocalServer.start()
    // Its own code, which must not become a label of its own.
    const stranger = await RawClient.connect(server.url, 'msgpack')
    stranger.socket.close(4321)
    await stranger.closed
    const carol = await person(server.url, 'carol').online()
    await carol.leave()
    const { alice, bob, a, b, dm } = await pair(server.url)
    const { id, channel } = await a.http.guild('Chess')
    await a.http.put(`/v1/guilds/${id}/members/${b.name}`)
    await bob.next('guild.added')
    await bob.settle()
    for (const text of ['one', 'two', 'three']) await alice.say(dm, text)
    await alice.refused({ op: 'send', to: '1', id: crypto.randomUUID(), body: 'to nobody' })
    await bob.until(dm, 3)
    await alice.say(channel, 'to the channel')
    await bob.until(channel, 1)
    ids.push(a.name, b.name, dm, id, channel)
    seen = await complete(server)
    await Promise.all([alice.leave(), bob.leave()])
  })
  after(() => server.stop())

  it('is what Prometheus reads; its linter minds only names that were asked for', () => {
    const { text } = promtool(['check', 'metrics'], seen.text)
    const complaints = text.split('\n').filter((line) => line !== '')
    const unexpected = complaints.filter((line) => !ODD_NAMES.some((name) => line.startsWith(`${name} `)))
    assert.deepEqual(unexpected, [])
  })

  it('counts connections, those that are open and those that were', () => {
    assert.equal(seen.value('guildhall_connections'), 2)
    assert.equal(seen.value('websocket_connections_total{codec="json"}'), 3)
    assert.equal(seen.value('websocket_connections_total{codec="msgpack"}'), 1)
    assert.equal(seen.value('websocket_connection_duration_seconds_count'), 2)
    assert.equal(seen.value('guildhall_closes_total{code="1000"}'), 1)
    assert.equal(seen.value('guildhall_closes_total{code="other"}'), 1)
    assert.equal(seen.value('guildhall_identifies_total'), 3)
    assert.equal(seen.value('guildhall_ready'), 1)
  })

  it('counts messages by what became of them, and times the store', () => {
    assert.equal(seen.value('message_processing_duration_ms_count{result="sent"}'), 4)
    assert.equal(seen.value('message_processing_duration_ms_count{result="refused"}'), 1)
    assert.equal(seen.value('message_processing_duration_ms_bucket{le="+Inf",result="sent"}'), 4)
    assert.equal(seen.value('database_query_duration_ms_count{operation="append"}'), 4)
    assert.ok(seen.value('database_query_duration_ms_sum{operation="append"}') > 0)
  })

  it('counts deliveries tried and done, by session and by topic', () => {
    for (const name of ['guildhall_message_delivery_attempts_total', 'message_delivery_success_total']) {
      assert.equal(seen.value(`${name}{path="direct"}`), 3, name)
      assert.equal(seen.value(`${name}{path="topic"}`), 1, name)
    }
    assert.equal(seen.value('guildhall_publish_receivers_sum'), 1)
    assert.equal(seen.value('guildhall_fanout_seconds_count'), 1)
  })

  it('tells what the membership cache could answer', () => {
    const lookups = (result: string): number =>
      seen.value(`guildhall_cache_lookups_total{cache="membership",result="${result}"}`)
    const rate = lookups('hit') / (lookups('hit') + lookups('miss'))
    assert.equal(seen.value('cache_hit_rate{cache="membership"}'), rate)
  })

  it('counts the actors that live', () => {
    assert.equal(seen.value('guildhall_actors{actor="session"}'), 2)
    assert.equal(seen.value('guildhall_mailbox_messages{actor="gateway"}'), 0)
    for (const thread of [0, 1, 2]) {
      assert.equal(seen.value(`guildhall_thread_up{thread="${thread}"}`), 1)
      assert.ok(seen.value(`guildhall_messages_handled_total{thread="${thread}"}`) > 0)
      assert.ok(seen.value(`guildhall_thread_heap_bytes{thread="${thread}"}`) > 0)
    }
  })

  it('has every metric that alerts and dashboards ask for', () => {
    const missing = [...alertExpressions(), ...dashboardExpressions()].flatMap(({ place, expr }) => {
      const metrics = metricsIn(expr)
      assert.ok(metrics.length > 0, `no metric was found in ${place}: ${expr}`)
      const absent = metrics.filter((name) => !seen.names.has(name) && !FOREIGN.includes(name))
      return absent.map((name) => `${place}: ${name}`)
    })
    assert.deepEqual(missing, [])
  })

  it('has no label with the name of a user, a conversation or a guild', () => {
    const values = new Set(seen.labels.map(([, value]) => value))
    assert.deepEqual(
      ids.filter((id) => values.has(id)),
      [],
    )
  })
})

describe('/metrics while a thread hangs', () => {
  const replaced = Promise.withResolvers<void>()
  let server: LocalServer

  before(async () => {
    const warn = (fields: object): void => {
      if ('event' in fields && fields.event === 'replaced') replaced.resolve()
    }
    server = await LocalServer.start({
      threads: 2,
      stuckMs: 600_000,
      module: new URL('../chat/faulty-actor.ts', import.meta.url).href,
      log: { info() {}, warn, error() {} },
    })
  })
  after(() => server.stop())

  it('answers in time, says which thread, and no counter falls, also not when the thread is replaced', async () => {
    const { node } = server.server
    const healthy = await scrape(server)
    const victim = await node.spawn(faulty, undefined, { placement: { thread: 1 } })
    node.send(victim, { type: 'hang' })
    await hanging(server, 1)

    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const since = performance.now()
      const seen = await scrape(server)
      times.push(performance.now() - since)
      assert.equal(seen.value('guildhall_thread_up{thread="1"}'), 0)
      assert.equal(seen.value('guildhall_thread_up{thread="2"}'), 1)
      assert.ok(!seen.has('guildhall_run_queue_actors{thread="1"}'))
      assertNoneFell(healthy, seen)
    }
    const [, , median = Number.NaN] = times.sort((a, b) => a - b)
    assert.ok(median < ANSWER_MS, `took ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`)

    node.restartThread(1)
    await replaced.promise
    const seen = await complete(server)
    assert.equal(seen.value('guildhall_thread_restarts_total{thread="1"}'), 1)
    assert.equal(seen.value('guildhall_thread_events_total{event="replaced"}'), 1)
    assertNoneFell(healthy, seen)
  })
})

/** A busy machine may keep a thread from answering in time. */
async function complete(server: LocalServer): Promise<Scrape> {
  for (;;) {
    const seen = await scrape(server)
    if (!seen.text.match(/^guildhall_thread_up.* 0$/m)) return seen
  }
}

/** Resolves when the thread gives no answer any more. */
async function hanging({ server }: LocalServer, thread: number): Promise<void> {
  for (;;) {
    const views = await server.node.inspector.threads({ timeoutMs: 100 })
    if (views.find((view) => view.thread === thread)?.answered === false) return
  }
}

function assertNoneFell(before: Scrape, now: Scrape): void {
  for (const line of before.text.split('\n')) {
    const series = /^(\w+(?:_total|_bucket|_count|_sum)(?:\{.*\})?) /.exec(line)?.[1]
    if (series !== undefined) assert.ok(now.value(series) >= before.value(series), `${series} fell`)
  }
}
