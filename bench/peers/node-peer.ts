/** A peer that is a package of npm: absent when it is not installed. */
import type { Dialect } from '../load/dialect.ts'
import { Program } from '../load/program.ts'
import { absentServer, peerServer, type ServerContestant } from '../load/server-contestant.ts'
import { installedVersion } from './installed.ts'

export interface NodePeer {
  readonly name: string
  readonly package: string
  /** From the folder of `Program`. */
  readonly program: string
  readonly dialect: Dialect
}

export function nodePeer({ name, package: needed, program, dialect }: NodePeer): ServerContestant {
  const version = installedVersion(needed)
  if (version === undefined) return absentServer(name, `${needed} is not installed`)
  return peerServer(name, () => new Program(program, []), dialect, version)
}
