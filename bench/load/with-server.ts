/** A server on an empty store of its own, for as long as something is measured. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ADMIN_SOCKET } from '../../gateway/admin/index.ts'
import { Program } from './program.ts'
import type { Target } from './target.ts'

const START_MS = 30_000
const HOST = '127.0.0.1'

export interface OpenServer {
  readonly program: Program
  readonly target: Target
  /** Where operators ask. */
  readonly admin: string
  /** Ends it and forgets its data. */
  close(): Promise<void>
}

/** `settings` go over the defaults: whatever is given belongs into the parameters of the result. */
export async function withServer<T>(
  settings: Readonly<Record<string, number>>,
  measure: (server: Program, target: Target, admin: string) => Promise<T>,
): Promise<T> {
  const { program, target, admin, close } = await openServer(settings)
  try {
    return await measure(program, target, admin)
  } finally {
    await close()
  }
}

/** For several at once. Whoever opens one closes it. */
export async function openServer(settings: Readonly<Record<string, number>>): Promise<OpenServer> {
  const data = mkdtempSync(path.join(tmpdir(), 'guildhall-bench-'))
  const secret = randomBytes(32).toString('hex')
  const program = new Program('server-process.ts', [
    JSON.stringify({ ...settings, host: HOST, port: 0, data, node: 'bench', auth: { key: { secret } } }),
  ])
  const close = async (): Promise<void> => {
    await program.end()
    rmSync(data, { recursive: true, force: true })
  }
  try {
    const { port } = await program.next<{ port: number }>('port', START_MS)
    const admin = path.join(data, ADMIN_SOCKET)
    return { program, target: { host: HOST, port, secret }, admin, close }
  } catch (error) {
    await close()
    throw error
  }
}
