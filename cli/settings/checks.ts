/** Checks that need more than one setting, or the disk. Pure but for `readable`, which is passed in. */

import type { Settings } from './definitions.ts'

/** RFC 7518, 3.2: a key of HS256 has at least the 256 bits of its hash. */
const SECRET_BYTES_MIN = 32

/** What is wrong with a file, or undefined. */
export type Readable = (file: string) => string | undefined

/** Nothing says who may sign tokens: the node makes a secret of its own and serves this machine only. */
export function isDevelopment(settings: Settings): boolean {
  const { jwtSecret, jwtPublicKey, jwtJwksUrl } = settings
  return jwtSecret === undefined && jwtPublicKey === undefined && jwtJwksUrl === undefined
}

export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(host)
}

export function checkSettings(settings: Settings, readable: Readable): string[] {
  return [
    ...tokenProblems(settings),
    ...tlsProblems(settings),
    ...adminProblems(settings),
    ...fileProblems(settings, readable),
  ]
}

function tokenProblems(settings: Settings): string[] {
  const { host, jwtSecret, jwtPublicKey, jwtJwksUrl } = settings
  const problems: string[] = []
  const ways = [jwtSecret, jwtPublicKey, jwtJwksUrl].filter((way) => way !== undefined)
  if (ways.length > 1) {
    problems.push('--jwt-secret, --jwt-public-key, --jwt-jwks-url: more than one is set. Keep one of them')
  }
  if (isThisMachine(host)) return problems
  if (isDevelopment(settings)) {
    problems.push(
      `--host: "${host}" can be reached from elsewhere, and there is no secret. ` +
        'Set GUILDHALL_JWT_SECRET (make one with `openssl rand -hex 32`), or stay on 127.0.0.1',
    )
  }
  if (jwtSecret !== undefined && Buffer.byteLength(jwtSecret) < SECRET_BYTES_MIN) {
    problems.push(
      `--jwt-secret: it is shorter than ${SECRET_BYTES_MIN} bytes, and "${host}" can be reached from elsewhere. ` +
        'Make one with `openssl rand -hex 32`',
    )
  }
  return problems
}

function tlsProblems({ tlsCert, tlsKey }: Settings): string[] {
  if ((tlsCert === undefined) === (tlsKey === undefined)) return []
  const [given, missing] = tlsCert === undefined ? ['--tls-key', '--tls-cert'] : ['--tls-cert', '--tls-key']
  return [`${given}: it is set without ${missing}. Set both, or neither`]
}

/** Operators' tokens cross in the open without TLS, so the admin port has no form without it. */
function adminProblems({ adminPort, adminTlsCert, adminTlsKey, tlsCert }: Settings): string[] {
  if ((adminTlsCert === undefined) !== (adminTlsKey === undefined)) {
    return ['--admin-tls-cert, --admin-tls-key: one is set without the other. Set both, or neither']
  }
  if (adminPort === undefined || adminTlsCert !== undefined || tlsCert !== undefined) return []
  return ['--admin-port: it needs a certificate. Set --admin-tls-cert and --admin-tls-key']
}

function fileProblems(settings: Settings, readable: Readable): string[] {
  const files = {
    '--tls-cert': settings.tlsCert,
    '--tls-key': settings.tlsKey,
    '--admin-tls-cert': settings.adminTlsCert,
    '--admin-tls-key': settings.adminTlsKey,
    '--jwt-public-key': settings.jwtPublicKey,
  }
  return Object.entries(files).flatMap(([flag, file]) => {
    const wrong = file === undefined ? undefined : readable(file)
    return wrong === undefined
      ? []
      : [`${flag}: cannot read ${file}: ${wrong}. Give a file that this user may read`]
  })
}
