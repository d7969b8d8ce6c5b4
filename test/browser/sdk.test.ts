/** The SDK in a real browser: Chromium, a page of another origin than the node, the store of the browser. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { within } from '../chat/raw-client.ts'
import { ServerProcess } from '../chat/server-process.ts'
import { tokenOf } from '../chat/tokens.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome']
const BROWSER_MS = 60_000
/** Neither a sandbox nor shared memory is there when root runs it in a container. */
const FLAGS = ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run']

const browser = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => BROWSERS.map((name) => join(folder, name)))
  .find((file) => existsSync(file))

it('two clients in one page talk, and lose nothing when the node is killed and comes back', {
  skip: browser === undefined && 'there is no Chromium on this machine',
}, async () => {
  const page = new Page()
  after(() => page.close())
  const origin = await page.listen()
  const node = await ServerProcess.start({ settings: { origins: [origin] } })
  after(() => node.dispose())
  page.settings = { url: node.url, tokens: { alice: tokenOf('alice'), bob: tokenOf('bob') } }
  const close = open(browser as string, `${origin}/`)
  after(close)

  await within('the page to talk', page.talked, BROWSER_MS)
  await node.kill()
  await node.start()
  const { error, alice, bob, kept, id } = await within('the page to end', page.done, BROWSER_MS)
  assert.equal(error, undefined)
  assert.deepEqual(bob, ['one', 'two', 'three ❤', 'over the crash'])
  assert.deepEqual(alice, bob)
  assert.equal(JSON.parse(String(kept)).conversations[String(id)], 4)
})

type Report = Readonly<Record<string, unknown>>

/** Serves the page and the SDK, types stripped, and hears what the page tells. */
class Page {
  settings: object = {}
  readonly talked: Promise<void>
  readonly done: Promise<Report>
  readonly #server: Server
  readonly #told = new Map<string, (report: Report) => void>()

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
    this.talked = this.#hear('/talked').then(() => undefined)
    this.done = this.#hear('/done')
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #hear(path: string): Promise<Report> {
    return new Promise((resolve) => this.#told.set(path, resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://page')
    const told = this.#told.get(pathname)
    if (told !== undefined) {
      let body = ''
      for await (const chunk of request) body += chunk
      told(body === '' ? {} : (JSON.parse(body) as Report))
      response.end()
    } else if (pathname === '/settings') send(response, 'application/json', JSON.stringify(this.settings))
    else if (pathname === '/page.js') send(response, 'text/javascript', fileText('test/browser/page.js'))
    else if (/^\/(client|protocol)\/[a-z-]+\.ts$/.test(pathname)) {
      send(response, 'text/javascript', stripTypeScriptTypes(fileText(pathname)))
    } else if (pathname === '/') {
      send(response, 'text/html', '<!doctype html><script type="module" src="/page.js"></script>')
    } else response.writeHead(404).end()
  }
}

function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(text)
}

function fileText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Opens the page; the answer ends the browser. */
function open(file: string, url: string): () => Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'guildhall-browser-'))
  const child = spawn(file, [...FLAGS, `--user-data-dir=${profile}`, url], {
    stdio: 'ignore',
    detached: true,
  })
  const exited = once(child, 'exit')
  return async () => {
    // Its helpers are in its process group.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await exited
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
