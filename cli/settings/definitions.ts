/**
 * Every setting of a node: one row each. Flags, variables of the environment, keys of the file, help, checks and
 * the table that `guildhall config` prints all come from here.
 */

import { availableParallelism, hostname } from 'node:os'
import { list, oneOf, type Reader, secretText, text, url, whole, yesNo } from './value.ts'

export interface Definition<T> {
  /** What the value is, in help: `--port <number>`. */
  readonly arg: string
  readonly about: string
  readonly read: Reader<T>
  readonly fallback: T
  /** Never shown: not by `config`, not in a refusal. */
  readonly secret?: true
}

/** A setting that holds in any case. */
const always = <T>(definition: Definition<T>): Definition<T> => definition
/** A setting that may be left out. */
const optional = <T>(definition: Omit<Definition<T>, 'fallback'>): Definition<T | undefined> => ({
  ...definition,
  fallback: undefined,
})

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const
/** The thread is 4 bits of every Snowflake, and 0 is the main thread. */
const THREADS_MAX = 15

export const DEFINITIONS = {
  host: always({
    arg: 'address',
    about: 'address to listen on; anything but this machine needs a secret or a key',
    read: text('127.0.0.1'),
    fallback: '127.0.0.1',
  }),
  port: always({
    arg: 'number',
    about: 'port to listen on; 0 takes a free one',
    read: whole(0, 65_535, 4_000),
    fallback: 4_000,
  }),
  data: always({
    arg: 'folder',
    about: 'folder of the store, made if it is missing',
    read: text('./data'),
    fallback: './data',
  }),
  threads: always({
    arg: 'number',
    about: 'scheduler threads; one less than the cores by default',
    read: whole(1, THREADS_MAX, 2),
    fallback: Math.min(THREADS_MAX, Math.max(1, availableParallelism() - 1)),
  }),
  jwtSecret: optional({
    arg: 'text',
    about: 'secret of HS256 tokens; in the environment it does not show in the list of processes',
    read: secretText,
    secret: true,
  }),
  jwtPublicKey: optional({
    arg: 'file',
    about: 'public key (PEM or JWK: EdDSA, ES256, RS256) that tokens are checked with, in place of a secret',
    read: text('/etc/guildhall/jwt.pem'),
  }),
  jwtJwksUrl: optional({
    arg: 'url',
    about: 'where the public keys are (JWKS), in place of a secret',
    read: url(['https:', 'http:'], 'https://id.example.org/.well-known/jwks.json'),
  }),
  jwtAudience: optional({
    arg: 'text',
    about: '`aud` that tokens must carry',
    read: text('guildhall'),
  }),
  jwtIssuer: optional({
    arg: 'text',
    about: '`iss` that tokens must carry',
    read: text('https://id.example.org'),
  }),
  tlsCert: optional({
    arg: 'file',
    about: 'certificate (PEM); with --tls-key the node speaks TLS',
    read: text('/etc/guildhall/tls.crt'),
  }),
  tlsKey: optional({
    arg: 'file',
    about: 'key of the certificate (PEM)',
    read: text('/etc/guildhall/tls.key'),
  }),
  origins: optional({
    arg: 'list',
    about: 'origins that browsers may come from, with commas; * allows all; by default the own host only',
    read: list(notAnOrigin, 'https://chat.example.org,https://example.org'),
  }),
  publicUrl: optional({
    arg: 'url',
    about: 'where clients reach this node, when it is not host and port',
    read: url(['wss:', 'ws:'], 'wss://chat.example.org/v1/socket'),
  }),
  node: always({
    arg: 'name',
    about: 'name of this node, shown to clients and in logs; the name of the machine by default',
    read: text('node-1'),
    fallback: hostname(),
  }),
  nodeNumber: always({
    arg: 'number',
    about: 'number of this node, part of every id: each node of a cluster has its own',
    read: whole(0, 63, 0),
    fallback: 0,
  }),
  connectionsMax: optional({
    arg: 'number',
    about: 'sockets at most; by default what the descriptor limit allows',
    read: whole(1, 10_000_000, 10_000),
  }),
  mapSizeMb: always({
    arg: 'number',
    about: 'size that the store may grow to, in MiB',
    read: whole(16, 16 * 1_024 * 1_024, 65_536),
    fallback: 65_536,
  }),
  deflate: always({
    arg: 'yes',
    about: 'permessage-deflate: true or false; costs memory per socket',
    read: yesNo,
    fallback: false,
  }),
  drainMs: always({
    arg: 'ms',
    about: 'at SIGTERM, clients are sent away over so long',
    read: whole(0, 25_000, 20_000),
    fallback: 20_000,
  }),
  adminSocket: optional({
    arg: 'file',
    about: 'socket that operators reach this node by, or off; by default admin.sock in the data folder',
    read: text('/run/guildhall/admin.sock'),
  }),
  adminSocketWrites: always({
    arg: 'yes',
    about: 'whoever may open the admin socket may also change things: true or false',
    read: yesNo,
    fallback: true,
  }),
  adminHost: always({
    arg: 'address',
    about: 'address of the admin port',
    read: text('127.0.0.1'),
    fallback: '127.0.0.1',
  }),
  adminPort: optional({
    arg: 'number',
    about: 'port for operators with tokens of the scope admin or admin:read, over TLS; none by default',
    read: whole(0, 65_535, 4_001),
  }),
  adminTlsCert: optional({
    arg: 'file',
    about: 'certificate of the admin port (PEM); that of --tls-cert by default',
    read: text('/etc/guildhall/admin.crt'),
  }),
  adminTlsKey: optional({
    arg: 'file',
    about: 'key of that certificate (PEM)',
    read: text('/etc/guildhall/admin.key'),
  }),
  logLevel: always({
    arg: 'level',
    about: `least that is logged: ${LOG_LEVELS.join(', ')}`,
    read: oneOf(LOG_LEVELS),
    fallback: 'info',
  }),
} as const

export type SettingName = keyof typeof DEFINITIONS
export type Settings = {
  readonly [Name in SettingName]: (typeof DEFINITIONS)[Name] extends Definition<infer T> ? T : never
}

export const SETTING_NAMES = Object.keys(DEFINITIONS) as SettingName[]

/** `jwtSecret` -> `--jwt-secret` */
export function flagOf(name: string): string {
  return `--${words(name).join('-')}`
}

/** `jwtSecret` -> `GUILDHALL_JWT_SECRET` */
export function variableOf(name: string): string {
  return ['guildhall', ...words(name)].join('_').toUpperCase()
}

function words(name: string): string[] {
  return name.split(/(?=[A-Z])/).map((word) => word.toLowerCase())
}

function notAnOrigin(item: string): string | undefined {
  if (item === '*') return undefined
  const url = URL.parse(item)
  return url !== null && url.origin === item
    ? undefined
    : 'is not an origin (scheme, host and port, nothing after)'
}
