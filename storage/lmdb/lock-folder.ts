/**
 * lockFolder: keeps a second process off a folder, and another node in the same process too.
 *
 * The lock is a file lock of the operating system, taken through SQLite (part of Node) on an empty database: it ends
 * with the process however that dies, so there is no stale lock, no pid to compare and no race to steal one.
 * It holds between containers that share a volume of one machine, where pids say nothing.
 *
 * Does not protect network file systems without locks. Only the main thread of a node calls it.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '../errors.ts'

const LOCK_FILE = 'guildhall.lock'
/** Only for the error text: who holds the lock. */
const OWNER_FILE = 'guildhall.pid'

/** What is not referenced is collected, and its lock with it. */
const held = new Set<DatabaseSync>()

export interface FolderLock {
  /** Safe to call twice. */
  release(): void
}

/** Creates the folder when it is missing. @throws StorageError `STORE_UNAVAILABLE` when another process holds it. */
export function lockFolder(path: string): FolderLock {
  const lock = tryLock(path)
  held.add(lock)
  writeFileSync(join(path, OWNER_FILE), `${process.pid}\n`)
  return {
    release() {
      if (held.delete(lock)) lock.close()
    },
  }
}

function tryLock(path: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    mkdirSync(path, { recursive: true })
    lock = new DatabaseSync(join(path, LOCK_FILE))
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock?.close()
    throw unavailable(path, cause)
  }
}

function unavailable(path: string, cause: unknown): StorageError {
  const text = cause instanceof Error ? cause.message : String(cause)
  const reason = text.includes('locked')
    ? `another process${ownerOf(path)} uses it; stop that node, or start this one on another folder`
    : text
  return new StorageError('STORE_UNAVAILABLE', `Cannot use the folder ${path}: ${reason}`, {
    context: { path },
    cause,
  })
}

function ownerOf(path: string): string {
  try {
    return ` (pid ${readFileSync(join(path, OWNER_FILE), 'utf8').trim()})`
  } catch {
    return ''
  }
}
