/**
 * What a real browser does with the SDK: two clients of one page talk, the node dies and comes back, and nothing is lost
 * or shown twice. Tells the page's server what it saw: `/talked` when the node may be killed, `/done` at the end.
 */

import { connect, httpApi } from '/client/index.ts'

/** As an app would keep it: in the storage of the browser. */
function browserStore(name) {
  return {
    get: async (key) => localStorage.getItem(`${name}/${key}`),
    set: async (key, value) => localStorage.setItem(`${name}/${key}`, value),
    delete: async (key) => localStorage.removeItem(`${name}/${key}`),
  }
}

const { url, tokens } = await (await fetch('/settings')).json()
const [alice, bob] = ['alice', 'bob'].map((name) => {
  const client = connect({ url, token: tokens[name], device: 'browser', store: browserStore(name) })
  const seen = []
  client.on('message', ({ body }) => void seen.push(body))
  return { client, seen }
})

try {
  const { id } = await httpApi({ url, token: tokens.alice }).createDm('bob')
  const last = (body) =>
    new Promise((resolve) => bob.client.on('message', (message) => message.body === body && resolve(message)))
  const third = last('three ❤')
  for (const body of ['one', 'two', 'three ❤']) await alice.client.send(id, body)
  const read = new Promise((resolve) =>
    alice.client.on('receipt', (receipt) => receipt.read && resolve(receipt)),
  )
  bob.client.markRead(id, (await third).seq)
  await read
  await fetch('/talked', { method: 'POST' })

  const fourth = last('over the crash')
  await alice.client.send(id, 'over the crash')
  await fourth
  await bob.client.close()
  await alice.client.close()
  await report({ alice: alice.seen, bob: bob.seen, kept: localStorage.getItem('bob/cursors'), id })
} catch (error) {
  await report({ error: String(error?.stack ?? error) })
}

function report(result) {
  return fetch('/done', { method: 'POST', body: JSON.stringify(result) })
}
