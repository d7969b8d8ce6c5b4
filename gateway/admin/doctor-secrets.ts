/** What `doctor` asks of secrets, files and certificates. Never shows a secret. */

import { X509Certificate } from 'node:crypto'
import { readFileSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AdminNode } from './admin-node.ts'
import type { Finding } from './chat-rows.ts'

/** RFC 7518, 3.2. */
const SECRET_BYTES_MIN = 32
const DEV_SECRET = 'dev-secret'
const GROUP_AND_OTHERS = 0o077
const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000
const DAY_MS = 86_400_000
const CERTIFICATE_DAYS = 14

export function checkSecrets({ settings }: AdminNode): Finding[] {
  const { auth, data, host } = settings
  const fact = (level: Finding['level'], text: string, fix: string): Finding[] => [
    { check: 'secrets', level, fact: text, fix },
  ]
  if (!('secret' in auth.key)) return fact('ok', 'tokens are checked with a public key', '')
  const { secret } = auth.key
  const make = 'set GUILDHALL_JWT_SECRET, made with `openssl rand -hex 32`'
  const isLocal = /^(localhost|::1|127\..*)$/.test(host)
  if (data !== undefined && readIfThere(join(data, DEV_SECRET))?.trim() === secret) {
    const level = isLocal ? 'warn' : 'fail'
    return fact(level, `the secret of development mode is in use, on ${host}`, make)
  }
  if (Buffer.byteLength(secret) < SECRET_BYTES_MIN) {
    return fact(isLocal ? 'warn' : 'fail', `the secret is shorter than ${SECRET_BYTES_MIN} bytes`, make)
  }
  return fact('ok', 'the secret is long enough', '')
}

export function checkFiles({ settings }: AdminNode): Finding[] {
  const { data, tls, adminTls, adminSocket } = settings
  const socket = adminSocket === undefined && data !== undefined ? join(data, 'admin.sock') : adminSocket
  const files: readonly (readonly [file: string | undefined, mode: string])[] = [
    [data, '700'],
    [data === undefined ? undefined : join(data, DEV_SECRET), '600'],
    [socket, '600'],
    [tls?.keyFile, '600'],
    [adminTls?.keyFile, '600'],
  ]
  const open = files.flatMap(([file, mode]): Finding[] => {
    const stats = file === undefined ? undefined : statIfThere(file)
    if (file === undefined || stats === undefined || (stats.mode & GROUP_AND_OTHERS) === 0) return []
    const fact = `others than its owner may open ${file} (mode ${(stats.mode & 0o777).toString(8)})`
    return [{ check: 'files', level: 'warn', fact, fix: `chmod ${mode} ${file}` }]
  })
  if (adminSocket !== undefined && adminSocket !== 'off') open.push(...checkSocketFolder(adminSocket))
  if (open.length > 0) return open
  return [{ check: 'files', level: 'ok', fact: 'data, secrets and keys are for their owner only', fix: '' }]
}

/** Whoever may write there can put a socket of his own in the place of the node's, and hear what its operators ask. */
function checkSocketFolder(socket: string): Finding[] {
  const folder = dirname(socket)
  const mode = statIfThere(folder)?.mode ?? 0
  if ((mode & WRITABLE_BY_OTHERS) === 0) return []
  const fact = `others than its owner may put files into ${folder}, where the admin socket is (mode ${(mode & 0o1777).toString(8)})`
  // A folder such as /tmp is meant to be so.
  const fix =
    (mode & STICKY) === 0 ? `chmod go-w ${folder}` : 'have the admin socket in a folder of the node alone'
  return [{ check: 'files', level: 'warn', fact, fix }]
}

export function checkTls({ settings: { tls, adminTls } }: AdminNode): Finding[] {
  const files = new Set([tls?.certFile, adminTls?.certFile].filter((file) => file !== undefined))
  return [...files].flatMap((file): Finding[] => {
    const daysLeft = certificateDays(file)
    const fix = 'renew the certificate and start the node again'
    if (daysLeft === undefined) return []
    const fact = `the certificate ${file} holds for ${Math.floor(daysLeft)} days`
    if (daysLeft < 0)
      return [{ check: 'tls', level: 'fail', fact: `the certificate ${file} has expired`, fix }]
    const isShort = daysLeft < CERTIFICATE_DAYS
    return [{ check: 'tls', level: isShort ? 'warn' : 'ok', fact, fix: isShort ? fix : '' }]
  })
}

function certificateDays(file: string): number | undefined {
  const pem = readIfThere(file)
  if (pem === undefined) return undefined
  try {
    return (new Date(new X509Certificate(pem).validTo).getTime() - Date.now()) / DAY_MS
  } catch {
    return undefined // not one that Node reads: the node would not have started with it
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function statIfThere(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch {
    return undefined
  }
}
