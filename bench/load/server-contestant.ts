/**
 * Servers that are compared: each is started in a process of its own, measured, and ended.
 *
 * Peers speak the part of the protocol that the generator uses (hello, identify, ready; send, message, sent), without tokens, a store
 * or sessions: what they do is less than what we do, and the same frames travel.
 */
import { type Dialect, GUILDHALL_JSON } from './dialect.ts'
import type { Program } from './program.ts'
import type { Target } from './target.ts'
import { withServer } from './with-server.ts'

export interface RunningServer {
  readonly program: Program
  readonly target: Target
  readonly dialect: Dialect
  /** Whether conversations and guilds have to be made first; peers have one audience, all who are connected. */
  readonly hasApi: boolean
}

export interface Absent {
  readonly absent: string
}

export interface ServerContestant {
  readonly name: string
  /** What runs it, for the parameters of the result. */
  readonly version?: string
  /** Ends it afterwards, whatever happens. */
  run<T>(measure: (server: RunningServer) => Promise<T>): Promise<T | Absent>
}

const START_MS = 30_000
const HOST = '127.0.0.1'

export function ours(settings: Readonly<Record<string, number>>): ServerContestant {
  return {
    name: 'ours',
    run: (measure) =>
      withServer(settings, (program, target) =>
        measure({ program, target, dialect: GUILDHALL_JSON, hasApi: true }),
      ),
  }
}

/** A peer whose program prints `{"port":n}` and ends with its standard input. Peers check no tokens. */
export function peerServer(
  name: string,
  start: () => Program,
  dialect: Dialect,
  version: string,
): ServerContestant {
  return {
    name,
    version,
    async run(measure) {
      const program = start()
      try {
        const { port } = await program.next<{ port: number }>('port', START_MS)
        return await measure({
          program,
          target: { host: HOST, port, secret: 'unused' },
          dialect,
          hasApi: false,
        })
      } finally {
        await program.end()
      }
    },
  }
}

export function absentServer(name: string, why: string): ServerContestant {
  return { name, run: async () => ({ absent: why }) }
}
