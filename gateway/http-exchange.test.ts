/** Answers as bytes: what a client that keeps its connection open needs to find the next one. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { TestServer, tokenFor } from './test-server.ts'

let server: TestServer
let token: string
before(async () => {
  server = await TestServer.start()
  token = await tokenFor('alice')
})
after(() => server.stop())

describe('one kept connection', () => {
  it('carries answers with and without a body one after the other, each with its true length', async () => {
    const made = await server.http('alice', 'POST', '/v1/conversations', { kind: 'group', members: ['bob'] })
    const path = `/v1/conversations/${((await made.json()) as { id: string }).id}`
    const answers = await exchange([
      ['PUT', `${path}/members/carol`, 'Content-Length: 0'],
      ['GET', path],
      ['DELETE', `${path}/members/carol`],
      ['HEAD', '/healthz'],
      ['HEAD', '/nothing'],
      ['GET', '/v1/conversations/1'],
      ['GET', '/healthz'],
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [204, 200, 204, 200, 404, 404, 200],
    )
    for (const at of [0, 2]) assert.doesNotMatch(answers[at]?.head ?? '', /content-length|transfer-encoding/i)
    assert.match(answers[3]?.head ?? '', /content-length: [1-9]/i)
    assert.match(answers[1]?.body ?? '', /"carol"/)
  })
})

interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends each request when the answer before it is whole, all on one connection. */
async function exchange(requests: readonly (readonly string[])[]): Promise<RawAnswer[]> {
  const socket = connect(server.port, '127.0.0.1')
  const answers: RawAnswer[] = []
  let text = ''
  try {
    for (const [method = '', path = '', ...headers] of requests) {
      const lines = [
        `${method} ${path} HTTP/1.1`,
        'Host: x',
        `Authorization: Bearer ${token}`,
        ...headers,
        '',
        '',
      ]
      socket.write(lines.join('\r\n'))
      for (;;) {
        const answer = wholeAnswer(text, method)
        if (answer !== undefined) {
          answers.push(answer)
          text = text.slice(answer.head.length + answer.body.length)
          break
        }
        text += await nextChunk(socket, `${method} ${path} after ${JSON.stringify(text)}`)
      }
    }
  } finally {
    socket.destroy()
  }
  assert.equal(text, '', 'something came that no length announced')
  return answers
}

function wholeAnswer(text: string, method: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n') + 4
  if (end < 4) return undefined
  const head = text.slice(0, end)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  const announced = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
  const length = method === 'HEAD' || status === 204 ? 0 : announced
  return text.length < end + length ? undefined : { status, head, body: text.slice(end, end + length) }
}

function nextChunk(socket: ReturnType<typeof connect>, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no answer to ${what}`)), 5_000)
    socket.once('data', (data) => {
      clearTimeout(late)
      resolve(data.toString('latin1'))
    })
  })
}
