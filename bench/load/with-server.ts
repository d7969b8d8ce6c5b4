/** A server on an empty store of its own, for as long as something is measured. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ADMIN_SOCKET } from '../../gateway/admin/index.ts'
import type { Target } from './identified.ts'
import { Program } from './program.ts'

const START_MS = 30_000
const HOST = '127.0.0.1'

/** `settings` go over the defaults: whatever is given belongs into the parameters of the result. */
export async function withServer<T>(
  settings: Readonly<Record<string, number>>,
  measure: (server: Program, target: Target & { readonly admin: string }) => Promise<T>,
): Promise<T> {
  const data = mkdtempSync(path.join(tmpdir(), 'guildhall-bench-'))
  const secret = randomBytes(32).toString('hex')
  const server = new Program('server-process.ts', [
    JSON.stringify({ ...settings, host: HOST, port: 0, data, node: 'bench', auth: { key: { secret } } }),
  ])
  try {
    const { port } = await server.next<{ port: number }>('port', START_MS)
    return await measure(server, { host: HOST, port, secret, admin: path.join(data, ADMIN_SOCKET) })
  } finally {
    await server.end()
    rmSync(data, { recursive: true, force: true })
  }
}
