/** LocalServer: a node in the process of the test, for tests that set its times or reach its runtime. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { actorsModule, shard } from '../../actors/index.ts'
import { type Server, startServer } from '../../gateway/index.ts'
import type { Actors } from '../../gateway/tree.ts'
import { raisedLimits, type TestSettings } from './raised-limits.ts'

export class LocalServer {
  readonly server: Server
  readonly data: string

  private constructor(server: Server, data: string) {
    this.server = server
    this.data = data
  }

  /** On LMDB in a folder of its own, unless `data` names one; `module` holds the actors, if not the node's own. */
  static async start({
    module = actorsModule,
    data = mkdtempSync(join(tmpdir(), 'guildhall-chat-')),
    ...settings
  }: TestSettings & { readonly module?: string } = {}): Promise<LocalServer> {
    const actors = { module, shard: shard as Actors['shard'] }
    return new LocalServer(await startServer(raisedLimits({ ...settings, data }), actors), data)
  }

  get url(): string {
    return `ws://127.0.0.1:${this.server.port}`
  }

  /** Drains, stops and removes the data, unless it is to be kept. */
  async stop({ keepData = false } = {}): Promise<void> {
    await this.server.drain()
    if (!keepData) rmSync(this.data, { recursive: true, force: true })
  }
}
