/** `guildhall start`: runs a node until it is told to stop, then drains it. */

import { mkdirSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { Logger } from 'pino'
import type { Server, ServerSettings } from '../../gateway/index.ts'
import { EXIT, Failure } from '../failure.ts'
import { addSettings, examples } from '../options.ts'
import { SETTING_NAMES, type Settings } from '../settings/definitions.ts'
import { devSecret, devSecretFile } from '../settings/dev-secret.ts'
import { loadSettings } from '../settings/load.ts'
import { stopSignal } from '../shutdown.ts'

/** A drain that takes longer than this is given up: whoever stops us kills us after 30 s. */
const DRAIN_MAX_MS = 29_000

export function startCommand(): Command {
  const command = new Command('start')
    .summary('start a node')
    .description('start a node; without a secret in development mode, for this machine only')
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const { settings } = loadSettings(flags)
      // Only here, as the gateway below: the other commands need neither log nor sockets and start faster without them.
      const { createLog } = await import('../log.ts')
      await serve(settings, createLog(settings.logLevel))
    })
  addSettings(command, SETTING_NAMES)
  return examples(command, [
    'guildhall start',
    'guildhall start --port 5000 --data /var/lib/guildhall --threads 3',
    'GUILDHALL_JWT_SECRET=$(openssl rand -hex 32) guildhall start --host 0.0.0.0',
    'guildhall start --config /etc/guildhall.json --tls-cert tls.crt --tls-key tls.key',
  ])
}

async function serve(settings: Settings, log: Logger): Promise<void> {
  const stopped = stopSignal()
  const server = await startOrFail(settings, log)
  const signal = await Promise.race([stopped, server.done.then(() => undefined)])
  // An operator has drained it over the admin channel.
  if (signal === undefined && server.draining) return drain(server)
  if (signal === undefined)
    throw new Failure('Cannot go on: the node has given up; its last log lines say why')
  log.info({ signal }, 'draining; a second signal ends the node at once')
  await drain(server)
}

async function startOrFail(settings: Settings, log: Logger): Promise<Server> {
  makeFolder(settings.data)
  const server = serverSettings(settings, log)
  const { startServer } = await import('../../gateway/index.ts')
  try {
    return await startServer(server)
  } catch (cause) {
    throw new Failure(cause instanceof Error ? cause.message : String(cause), EXIT.failure, cause)
  }
}

function makeFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new Failure(`Cannot make the folder ${data}: ${why}. Give another with --data`, EXIT.failure, cause)
  }
}

async function drain(server: Server): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const failure = new Failure(`Cannot drain the node: it took more than ${DRAIN_MAX_MS} ms`)
    timer = setTimeout(() => reject(failure), DRAIN_MAX_MS)
  })
  await Promise.race([server.drain(), late]).finally(() => clearTimeout(timer))
}

function serverSettings(settings: Settings, log: Logger): ServerSettings {
  const { tlsCert, tlsKey, jwtAudience, jwtIssuer, ...rest } = settings
  const { node, host, port, data, threads, nodeNumber, mapSizeMb, deflate, drainMs } = rest
  return {
    ...{ node, host, port, data, threads, nodeNumber, mapSizeMb, deflate, drainMs, log },
    publicUrl: settings.publicUrl,
    origins: settings.origins,
    connectionsMax: settings.connectionsMax,
    ...adminSettings(settings),
    tls: tlsCert === undefined || tlsKey === undefined ? undefined : { certFile: tlsCert, keyFile: tlsKey },
    auth: { key: authKey(settings), audience: jwtAudience, issuer: jwtIssuer },
  }
}

function adminSettings(settings: Settings): Partial<ServerSettings> {
  const { adminSocket, adminSocketWrites, adminHost, adminPort, adminTlsCert, adminTlsKey } = settings
  const adminTls =
    adminTlsCert === undefined || adminTlsKey === undefined
      ? undefined
      : { certFile: adminTlsCert, keyFile: adminTlsKey }
  return { adminSocket, adminSocketWrites, adminHost, adminPort, adminTls }
}

function authKey(settings: Settings): ServerSettings['auth']['key'] {
  const { jwtSecret, jwtPublicKey, jwtJwksUrl, data } = settings
  if (jwtSecret !== undefined) return { secret: jwtSecret }
  if (jwtPublicKey !== undefined) return { publicKey: readFileSync(jwtPublicKey, 'utf8') }
  if (jwtJwksUrl !== undefined) return { jwksUrl: jwtJwksUrl }
  const { secret, created } = devSecret(data)
  const done = created ? 'made one and keeps it' : 'uses the one'
  console.error(
    `Development mode: no secret is set, so the node ${done} in ${devSecretFile(data)} and serves this machine only.`,
  )
  return { secret }
}
