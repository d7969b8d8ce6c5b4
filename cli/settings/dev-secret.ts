/**
 * The secret of development mode: made once, kept in `<data>/dev-secret`, readable by its owner only.
 * Two commands that make it at the same time end up with the same one.
 */

import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../failure.ts'

const SECRET_BYTES = 32

export function devSecretFile(data: string): string {
  return join(data, 'dev-secret')
}

export function devSecret(data: string): { readonly secret: string; readonly created: boolean } {
  const file = devSecretFile(data)
  try {
    const found = readIfThere(file)
    if (found !== undefined) return { secret: checked(found, file), created: false }
    const created = create(data, file)
    return { secret: checked(readFileSync(file, 'utf8'), file), created }
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Failure(`Cannot keep a secret in ${file}: ${why}. Give another folder with --data`, 1, cause)
  }
}

/** False when another process was faster. */
function create(data: string, file: string): boolean {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    // A link appears whole or not at all, and never over one that is there.
    linkSync(draft, file)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(draft)
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function checked(content: string, file: string): string {
  const secret = content.trim()
  if (secret.length >= SECRET_BYTES) return secret
  throw new Failure(
    `Cannot use ${file}: it holds less than ${SECRET_BYTES} characters. Remove it; a new one is made`,
  )
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
