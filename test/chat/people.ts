/** People for tests: each has a name that no other test uses, a token and devices to connect with. */

import { Http } from './http.ts'
import { type Codec, type Identity, RawClient } from './raw-client.ts'
import { tokenOf } from './tokens.ts'
import type { FrameOf } from './wire.ts'

export interface Person {
  readonly name: string
  readonly token: string
  readonly http: Http
  /** A device of theirs, online; what it misses comes from the beginning unless cursors say otherwise. */
  online(options?: Partial<Identity> & { readonly codec?: Codec }): Promise<RawClient>
  /** The same, with the `ready` frame. */
  ready(
    options?: Partial<Identity> & { readonly codec?: Codec },
  ): Promise<{ readonly client: RawClient; readonly ready: FrameOf<'ready'> }>
}

let made = 0

export function person(url: string, name: string, tenant?: string): Person {
  made++
  return personCalled(url, `${name}-${process.pid}-${made}`, tenant)
}

export function personCalled(url: string, name: string, tenant?: string): Person {
  const token = tokenOf(name, tenant)
  const ready: Person['ready'] = async ({ codec, ...identity } = {}) => {
    const client = await RawClient.connect(url, codec)
    return { client, ready: await client.identify({ token, ...identity }) }
  }
  return {
    name,
    token,
    http: new Http(url, token),
    ready,
    online: async (options) => (await ready(options)).client,
  }
}

/** Two people with a 1:1, both online. */
export async function pair(
  url: string,
  codec: Codec = 'json',
): Promise<{ alice: RawClient; bob: RawClient; a: Person; b: Person; dm: string }> {
  const a = person(url, 'alice')
  const b = person(url, 'bob')
  const dm = await a.http.dm(b.name)
  const [alice, bob] = await Promise.all([a.online({ codec }), b.online({ codec })])
  return { alice, bob, a, b, dm }
}

/** The numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
}
