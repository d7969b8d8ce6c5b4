/**
 * Where the node is, and a connection to it: the socket in its data folder, found by the same settings as the node finds
 * it; a socket by its path; or host and port over TLS with a token.
 */

import { readFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  ADMIN_SOCKET,
  type AdminClient,
  type ConnectOptions,
  connectAdmin,
} from '../../gateway/admin/index.ts'
import { usage } from '../failure.ts'
import { addSettings } from '../options.ts'
import { loadSettings } from '../settings/load.ts'
import { failureOf } from './exit.ts'

export interface AttachFlags {
  readonly data?: string
  readonly config?: string
  readonly socket?: string
  readonly connect?: { readonly host: string; readonly port: number }
  readonly token?: string
  readonly ca?: string
}

export function attachOptions(command: Command): Command {
  addSettings(command, ['data'])
  return command
    .addOption(
      new Option('--socket <file>', "the node's admin socket, in place of the one in its data folder"),
    )
    .addOption(
      new Option('--connect <host:port>', "the node's admin port, over TLS")
        .argParser(hostAndPort)
        .conflicts('socket'),
    )
    .addOption(
      new Option('--token <text>', 'token with the scope admin, for --connect').env('GUILDHALL_ADMIN_TOKEN'),
    )
    .addOption(
      new Option('--ca <file>', 'authority (PEM) that signed the certificate of the node, for --connect'),
    )
}

/** Attaches, lets `use` ask, and detaches. @throws Failure with a stable exit code */
export async function attached<T>(flags: AttachFlags, use: (node: AdminClient) => Promise<T>): Promise<T> {
  try {
    const node = await connectAdmin({ ...placeOf(flags), as: caller() })
    try {
      return await use(node)
    } finally {
      node.close()
    }
  } catch (error) {
    throw failureOf(error)
  }
}

function placeOf(flags: AttachFlags): ConnectOptions {
  const { connect, socket, token, ca, data, config } = flags
  if (connect !== undefined) {
    if (token === undefined || token === '')
      throw usage(
        'Cannot connect: no token is given. Set GUILDHALL_ADMIN_TOKEN, or use the socket on the machine itself',
      )
    return { to: connect, token, ca: ca === undefined ? undefined : read(ca) }
  }
  if (socket !== undefined) return { to: socket }
  const { settings } = loadSettings({
    ...(data === undefined ? {} : { data }),
    ...(config === undefined ? {} : { config }),
  })
  if (settings.adminSocket === 'off')
    throw usage('Cannot find the admin socket: the setting adminSocket is off. Use --connect host:port')
  return { to: settings.adminSocket ?? join(settings.data, ADMIN_SOCKET) }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw usage(`Cannot read the authority in ${file}: ${code}. Give a PEM file with --ca`)
  }
}

/** For the audit log of the node; on a socket the node knows no better. */
function caller(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    return `uid ${process.getuid?.() ?? '?'}@${hostname()}` // a container's user need not have a name
  }
}

function hostAndPort(raw: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(raw) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port }
  throw new InvalidArgumentError('Give host and port, such as node-1.example.org:4001 or [::1]:4001.')
}
