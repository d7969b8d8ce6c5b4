/** An audience: everyone in it is connected and gets what is posted. Ours is a guild; a peer's is whoever is connected. */

import { Crowd } from '../../load/crowd.ts'
import type { Connected } from '../../load/crowd-process.ts'
import { Fleet, shares } from '../../load/fleet.ts'
import { cpuSeconds, rssAnonBytes } from '../../load/proc.ts'
import type { RunningServer } from '../../load/server-contestant.ts'
import { sharedClockMs } from '../../load/shared-clock.ts'
import type { TallyResult } from '../../load/tally.ts'
import { each, joinGuild, openGuild } from '../../traffic/http.ts'

const AT_ONCE = 200
const CONNECT_MS = 120_000
/** Below the limit of descriptors, with room for what else a process opens. */
const SOCKETS_PER_PROCESS = 16_000
const OWNER = 'owner-'
/** A frame of about 250 bytes. */
const BODY = 'x'.repeat(60)

export class Audience {
  readonly size: number
  readonly #owner: Crowd
  readonly #fleet: Fleet
  readonly #channel: string
  /** What one socket of the generator costs it. */
  readonly generatorBytes: number
  #posts = 0

  private constructor(size: number, owner: Crowd, fleet: Fleet, channel: string, generatorBytes: number) {
    this.size = size
    this.generatorBytes = generatorBytes
    this.#owner = owner
    this.#fleet = fleet
    this.#channel = channel
  }

  static async gather({ target, dialect, hasApi }: RunningServer, size: number): Promise<Audience> {
    const owner = new Crowd({ target, dialect, count: 1, prefix: OWNER })
    const parts = shares(size, Math.ceil(size / SOCKETS_PER_PROCESS))
    const fleet = new Fleet('crowd-process.ts', parts.length, (process) => [
      JSON.stringify({ target, dialect: dialect.name, process, ...parts[process] }),
    ])
    try {
      const guild = hasApi ? await openGuild(target, owner.userOf(0), 'fanout') : { id: '', channel: '1' }
      const members = Array.from({ length: size }, (_, index) => `load-${index}`)
      if (hasApi) await each(members, (member) => joinGuild(target, member, guild.id))
      // Answered when the process has loaded everything.
      await fleet.ask({ do: 'count' }, 'open', CONNECT_MS)
      const emptyBytes = bytesOf(fleet)
      await fleet.ask<Connected>({ do: 'connect', atOnce: AT_ONCE }, 'connected', CONNECT_MS)
      const generatorBytes = (bytesOf(fleet) - emptyBytes) / size
      await owner.connectAll(1)
      return new Audience(size, owner, fleet, guild.channel, generatorBytes)
    } catch (error) {
      await fleet.end()
      throw error
    }
  }

  /**
   * Posts so many messages in one write. Resolves with the time until the last one was at the last member.
   * @throws Error unless every member got every message, once.
   */
  async post(messages: number, withinMs: number): Promise<number> {
    const received = this.#fleet.next<TallyResult>('received', withinMs + 10_000)
    this.#fleet.tell({ do: 'expect', perSocket: messages, withinMs })
    // Answered in order: the tallies have started when the counts are there.
    await this.#fleet.ask({ do: 'count' }, 'open', withinMs)
    const frames = Array.from({ length: messages }, () =>
      this.#owner.dialect.encode({ op: 'send', to: this.#channel, id: `m${this.#posts++}`, body: BODY }),
    )
    const postedAtMs = sharedClockMs()
    this.#owner.send(0, frames)
    const results = await received
    const exact = results.reduce((sum, result) => sum + result.exact, 0)
    if (exact !== this.size) {
      const total = results.reduce((sum, result) => sum + result.received, 0)
      throw new Error(
        `Cannot measure the fan-out: ${exact} of ${this.size} members got all ${messages} messages once, ${total} came`,
      )
    }
    return Math.max(...results.map(({ lastAtMs }) => lastAtMs)) - postedAtMs
  }

  /** Processor time of the generator so far. */
  generatorSeconds(): number {
    return this.#fleet.programs.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0)
  }

  async disperse(): Promise<void> {
    this.#owner.sockets[0]?.destroy()
    await this.#fleet.end()
  }
}

function bytesOf({ programs }: Fleet): number {
  return programs.reduce((sum, { pid }) => sum + rssAnonBytes(pid), 0)
}
