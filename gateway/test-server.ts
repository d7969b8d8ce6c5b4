/** What tests of the gateway share: a server on a free port with a data folder of its own, and tokens for it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { type Server, startServer } from './server.ts'
import type { ServerSettings } from './settings.ts'
import { type OpenOptions, TestClient } from './test-client.ts'
import type { Actors } from './tree.ts'

const SECRET = 'a secret that only these tests know'

export function tokenFor(user: string, claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ sub: user, exp: Math.floor(Date.now() / 1_000) + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET))
}

export class TestServer {
  readonly server: Server
  readonly #remove: () => void

  private constructor(server: Server, remove: () => void) {
    this.server = server
    this.#remove = remove
  }

  static async start(settings: Partial<ServerSettings> = {}, actors?: Actors): Promise<TestServer> {
    const data = mkdtempSync(join(tmpdir(), 'guildhall-gateway-'))
    const all = {
      auth: { key: { secret: SECRET } },
      port: 0,
      node: 'n1',
      data,
      mapSizeMb: 1_024,
      ...settings,
    }
    const remove = (): void => rmSync(data, { recursive: true, force: true })
    try {
      return new TestServer(await startServer(all, actors), remove)
    } catch (error) {
      remove()
      throw error
    }
  }

  get port(): number {
    return this.server.port
  }

  async stop(): Promise<void> {
    await this.server.stop()
    this.#remove()
  }

  open(options?: OpenOptions): Promise<TestClient> {
    return TestClient.open(this.port, options)
  }

  /** A client that is ready. */
  async join(user: string, device = 'd1', options?: OpenOptions) {
    const client = await this.open(options)
    client.send({ op: 'identify', ref: 1, token: await tokenFor(user), device })
    return { client, ready: await client.next('ready') }
  }

  async http(user: string, method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${await tokenFor(user)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
}
