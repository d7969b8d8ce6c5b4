import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { HttpError, httpApi } from './http.ts'

async function withServer(status: number, body: string, run: (url: string, seen: string[]) => Promise<void>) {
  const seen: string[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${text}`)
    response.writeHead(status).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await run(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, seen)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('the HTTP calls', () => {
  it('carry the token in a header and the body as JSON', async () => {
    await withServer(201, '{"id":"7","kind":"dm","members":["alice","bob"]}', async (url, seen) => {
      const dm = await httpApi({ url, token: async () => 'secret' }).createDm('bob')
      assert.equal(dm.id, '7')
      assert.deepEqual(seen, ['POST /v1/conversations Bearer secret {"kind":"dm","user":"bob"}'])
    })
  })

  it('encode what stands in a path', async () => {
    await withServer(204, '', async (url, seen) => {
      await httpApi({ url, token: 't' }).addMember('7', 'a/b c')
      assert.deepEqual(seen, ['PUT /v1/conversations/7/members/a%2Fb%20c Bearer t '])
    })
  })

  it('throw the code, the sentence and the status of a refusal', async () => {
    await withServer(403, '{"code":"FORBIDDEN","message":"no"}', async (url) => {
      await assert.rejects(httpApi({ url, token: 't' }).messages('7', { after: 3 }), (error) => {
        assert.ok(error instanceof HttpError)
        assert.deepEqual([error.code, error.message, error.status], ['FORBIDDEN', 'no', 403])
        return true
      })
    })
  })

  it('throw UNAVAILABLE for an answer that no node gave and for none at all', async () => {
    await withServer(502, '<html>', async (url) => {
      await assert.rejects(httpApi({ url, token: 't' }).createGuild('g'), {
        code: 'UNAVAILABLE',
        status: 502,
      })
    })
    await assert.rejects(httpApi({ url: 'http://127.0.0.1:1', token: 't' }).createGuild('g'), {
      code: 'UNAVAILABLE',
      status: 0,
    })
  })
})
