/**
 * listenUnix: opens the admin socket: for its owner only, and never in the place of one that answers.
 *
 * Guarantees: the file has mode 0600 from its first moment; a socket that a dead node has left is replaced, one behind
 * which somebody answers is not, and what is no socket is never removed. Of several that open it at once one does. When
 * the server closes its file goes with it, and no other that has taken its place.
 */

import { randomBytes } from 'node:crypto'
import { linkSync, lstatSync, mkdirSync, renameSync, rmSync, type Stats } from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname, join } from 'node:path'

/** sun_path of Linux, less its end. */
const PATH_BYTES_MAX = 107
const ANSWER_MS = 1_000

/** @throws Error naming the path and the fact. */
export async function listenUnix(server: Server, path: string): Promise<void> {
  // Bound under a name of its own and then linked, which fails when another has come first. And what a server unlinks
  // when it closes is the name that it was bound to, whoever has it by then.
  const own = join(dirname(path), `.${randomBytes(3).toString('hex')}`)
  if (Math.max(Buffer.byteLength(path), Buffer.byteLength(own)) > PATH_BYTES_MAX) {
    throw cannot(path, `its path is longer than ${PATH_BYTES_MAX} bytes; set a shorter one`)
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  await removeStale(path)
  // The file is made inside `listen`, with the mode that the mask of the process leaves.
  const mask = process.umask(0o177)
  try {
    await listening(server, own, () => process.umask(mask))
  } catch (error) {
    throw cannot(path, error instanceof Error ? error.message : String(error))
  }
  try {
    linkSync(own, path)
  } catch (error) {
    server.close()
    throw cannot(path, error instanceof Error ? error.message : String(error))
  }
  const file = lstatSync(path)
  rmSync(own)
  server.once('close', () => {
    if (isSame(lstatSync(path, { throwIfNoEntry: false }), file)) rmSync(path, { force: true })
  })
}

/** The number of a file that was removed is soon given to another, so the time it was made counts too. */
function isSame(one: Stats | undefined, other: Stats): boolean {
  return one?.ino === other.ino && one.dev === other.dev && one.mtimeMs === other.mtimeMs
}

function listening(server: Server, path: string, bound: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    try {
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      bound()
    }
  })
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isSocket()) throw cannot(path, 'a file that is no socket is in its place')
  if (await answers(path)) throw cannot(path, 'another node answers there')
  // Another node may have put its own there meanwhile: what is moved away is looked at again.
  const aside = `${path}.${randomBytes(3).toString('hex')}`
  renameSync(path, aside)
  const isStale = isSame(lstatSync(aside), found)
  if (!isStale) linkSync(aside, path)
  rmSync(aside)
  if (!isStale) throw cannot(path, 'another node has just opened it')
}

/** A socket that cannot be asked counts as one that answers. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    const settle = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(ANSWER_MS, settle(true))
    socket.once('connect', settle(true))
    socket.once('error', (error) => settle(!('code' in error && error.code === 'ECONNREFUSED'))())
  })
}

function cannot(path: string, fact: string): Error {
  return new Error(`Cannot open the admin socket ${path}: ${fact}`)
}
