/** TLS: a node with a certificate serves sockets and HTTP over it, and one whose key is another’s does not start. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { CliProcess, inTemporaryFolder, runCli } from '../../cli/testing/cli-process.ts'
import { within } from './raw-client.ts'
import { CERT, KEY, OTHER_KEY } from './tls-fixture.ts'
import { SECRET } from './tokens.ts'

function writePair(cwd: string, key: string): string[] {
  writeFileSync(join(cwd, 'tls.crt'), CERT)
  writeFileSync(join(cwd, 'tls.key'), key)
  return ['start', '--port', '0', '--jwt-secret', SECRET, '--tls-cert', 'tls.crt', '--tls-key', 'tls.key']
}

describe('a node with a certificate', () => {
  it('speaks WebSocket and HTTP over TLS to who trusts it', () =>
    inTemporaryFolder(async (cwd) => {
      const node = new CliProcess(writePair(cwd, KEY), { cwd })
      try {
        const [, port = ''] = await node.says(/"url":"https:\/\/127\.0\.0\.1:(\d+)"/)
        const socket = new WebSocket(`wss://127.0.0.1:${port}/v1/socket`, 'guildhall.v1.json', { ca: CERT })
        const hello = new Promise<string>((resolve, reject) => {
          socket.once('message', (data) => resolve(String(data)))
          socket.once('error', reject)
        })
        assert.match(await within('hello over TLS', hello), /^\{"op":"hello"/)
        socket.terminate()
        assert.equal(await statusOf(`https://127.0.0.1:${port}/healthz`), 200)
        await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`))
      } finally {
        node.kill('SIGKILL')
        await node.ended
      }
    }))

  it('whose key is another’s does not start, and says which files do not fit', () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stderr } = await runCli(writePair(cwd, OTHER_KEY), { cwd })
      assert.equal(code, 2)
      assert.match(stderr, /--tls-cert, --tls-key: cannot use tls\.crt with tls\.key: .*mismatch.*\. Give a/)
    }))
})

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { ca: CERT }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).once('error', reject)
  })
}
