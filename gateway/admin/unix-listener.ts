/**
 * listenUnix: opens the admin socket: for its owner only, and never in the place of one that answers.
 *
 * Guarantees: the file has mode 0600 from its first moment; a socket that a dead node has left is replaced, one behind
 * which somebody answers is not, and what is no socket is never removed.
 */

import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'

/** sun_path of Linux, less its end. */
const PATH_BYTES_MAX = 107
const ANSWER_MS = 1_000

/** @throws Error naming the path and the fact. */
export async function listenUnix(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw cannot(path, `its path is longer than ${PATH_BYTES_MAX} bytes; set a shorter one`)
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  await removeStale(path)
  // The file is made inside `listen`, with the mode that the mask of the process leaves.
  const mask = process.umask(0o177)
  try {
    await listening(server, path, () => process.umask(mask))
  } catch (error) {
    throw cannot(path, error instanceof Error ? error.message : String(error))
  }
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
  rmSync(path, { force: true })
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
