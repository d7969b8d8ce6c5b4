/** ServerSettings: everything that can be set about a server, with its limits and defaults. Units are in the names. */

import { hostname } from 'node:os'
import { FRAME_BYTES_EARLY_MAX, FRAME_BYTES_MAX } from '../protocol/index.ts'
import type { AuthSettings } from './authenticator.ts'

/** What the server writes its log to; pino's loggers fit. Gets no bodies and no tokens. */
export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const SILENT: Log = { info() {}, warn() {}, error() {} }

/** What is left out, or undefined, has its default. */
export interface ServerSettings extends Optional<Defaults> {
  readonly auth: AuthSettings
  /** The folder of the store; none keeps everything in memory of each thread (tests only). */
  readonly data?: string | undefined
  /** Where clients reach this node, such as `wss://chat.example/v1/socket`. Default: host and port. */
  readonly publicUrl?: string | undefined
  /** Origins that browsers may come from, such as `https://chat.example`. Default: those of the same host. */
  readonly origins?: readonly string[] | undefined
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined
  /** The Unix socket for operators, or `off`. Default: `admin.sock` in the data folder. */
  readonly adminSocket?: string | undefined
  /** TCP with TLS for operators, 0 for any free port. Default: none. */
  readonly adminPort?: number | undefined
  /** Certificate of the admin port. Default: `tls`. */
  readonly adminTls?: { readonly certFile: string; readonly keyFile: string } | undefined
  /** Sockets at once. Default: what the limit of file descriptors leaves. */
  readonly connectionsMax?: number | undefined
}

export type CheckedSettings = Defaults & Omit<ServerSettings, keyof Defaults>

type Defaults = Readonly<typeof DEFAULTS>
type Optional<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

const KIB = 1_024
const MIB = 1_024 * KIB

const DEFAULTS = {
  host: '127.0.0.1',
  /** 0 takes any free port. */
  port: 4_000,
  /** The node's name, shown to clients. */
  node: hostname() as string,
  /** From 0 to 63, different for each node of a cluster. */
  nodeNumber: 0,
  threads: 1,
  mapSizeMb: 65_536,
  log: SILENT as Log,

  // --- the wire ---
  /** permessage-deflate. */
  deflate: false,
  frameBytesEarlyMax: FRAME_BYTES_EARLY_MAX,
  frameBytesMax: FRAME_BYTES_MAX,
  heartbeatMs: 30_000,
  silentMs: 75_000,
  identifyMs: 10_000,
  /** Frames of one socket: so many per period, with bursts of at most `framesBurst`. */
  framesPerPeriod: 120,
  framesPeriodMs: 10_000,
  framesBurst: 240,
  connectionsPerUserMax: 50,

  // --- sessions ---
  /** How long a session waits for its client to come back, and how many may wait. */
  detachedMs: 120_000,
  detachedMax: 100_000,
  /** Session starts in work, and those that wait for their turn. */
  startsMax: 256,
  startsWaitingMax: 20_000,
  startMs: 30_000,
  /** Replacements in work after a thread has died. */
  replacementsMax: 500,
  /** Frames of one socket that wait while its session starts. */
  heldFramesMax: 64,
  heldBytesMax: MIB,
  /** So many crashes of one session within the period close its socket. */
  crashesMax: 3,
  crashesPeriodMs: 60_000,

  // --- slow readers ---
  /** Beyond so much waiting for a socket, pushes are skipped. */
  bufferSoftBytes: 256 * KIB,
  /** Beyond so much, it is closed. */
  bufferHardBytes: 4 * MIB,
  /** So long without progress, it is closed. */
  congestedMs: 60_000,

  // --- HTTP ---
  httpBodyBytesMax: 512 * KIB,
  httpBodyMs: 10_000,
  httpAnswerMs: 10_000,
  httpRequestsMax: 1_000,

  // --- operators ---
  adminHost: '127.0.0.1',
  /** Whoever may open the admin socket may also change things; over TCP the token's scope decides. */
  adminSocketWrites: true,

  // --- the process ---
  /** Descriptors kept for files, threads and the listening socket. */
  descriptorReserve: 256,
  /** Clients are sent away over at most so long. */
  drainMs: 20_000,
  /** For the threads and their shards to be there. */
  readyMs: 30_000,
  stuckMs: 5_000,
  heapLimitMb: 1_024,
}

/** @throws Error naming the setting, its value and what is allowed. */
export function checkSettings(settings: ServerSettings): CheckedSettings {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
  const checked = { ...DEFAULTS, ...given } as CheckedSettings
  for (const [name, value] of Object.entries(checked)) {
    if (typeof value === 'number') requireWhole(name, value, MINIMA[name] ?? 1)
  }
  if (checked.port > 65_535) throw badSetting('port', checked.port, 'at most 65535')
  if ((checked.adminPort ?? 0) > 65_535)
    throw badSetting('adminPort', checked.adminPort ?? 0, 'at most 65535')
  if (checked.nodeNumber > 63) throw badSetting('nodeNumber', checked.nodeNumber, 'at most 63')
  if (checked.silentMs <= checked.heartbeatMs) {
    throw badSetting('silentMs', checked.silentMs, `more than heartbeatMs, ${checked.heartbeatMs}`)
  }
  if (checked.bufferHardBytes <= checked.bufferSoftBytes) {
    throw badSetting('bufferHardBytes', checked.bufferHardBytes, `more than ${checked.bufferSoftBytes}`)
  }
  return checked
}

const MINIMA: { readonly [name: string]: number } = {
  port: 0,
  adminPort: 0,
  nodeNumber: 0,
  drainMs: 0,
  descriptorReserve: 0,
}

function requireWhole(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return
  throw badSetting(name, value, `a whole number of at least ${min}`)
}

function badSetting(name: string, value: number, allowed: string): Error {
  return new Error(`Cannot start the server: ${name} must be ${allowed}, is ${value}`)
}
