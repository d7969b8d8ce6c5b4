/**
 * Traffic: what the sockets of this node have done, as plain numbers and fixed arrays: counting allocates nothing, and
 * nothing here runs per receiver of a publish.
 *
 * An attempt is one message meant for one socket: written by its session, or published to a topic that the socket is
 * subscribed to. It succeeds when the socket's buffer takes it, and fails when the socket is gone or reads too slowly
 * (the client is told and pulls it later). Whether a device has shown a message, its `ack` says and not this.
 */

import { Buckets } from '../actors/index.ts'
import { CLOSE_CODES } from '../protocol/index.ts'

export const SESSION_S: readonly number[] = [1, 10, 60, 300, 1_800, 3_600, 14_400, 43_200, 86_400, 604_800]
export const RECEIVERS: readonly number[] = [
  0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000,
]
/** Made up by WebSocket itself: no code was given, and the connection broke. */
const NO_CODE = [1005, 1006]
/** Codes that are counted one by one. */
const KNOWN_CODES: readonly number[] = [...CLOSE_CODES.keys(), ...NO_CODE]
/** Stands for every code that a client has made up: there are thousands, and it may use them all. */
export const OTHER_CODE = 0

export class Traffic {
  /** Sockets opened, by codec. */
  openedJson = 0
  openedMsgpack = 0
  /** How long they were open, in seconds. */
  readonly openSeconds = new Buckets(SESSION_S)
  /** Closes by code. From the beginning at zero: Prometheus does not see the step from nothing to one. */
  readonly closes = new Map<number, number>([...KNOWN_CODES, OTHER_CODE].map((code) => [code, 0]))

  directAttempts = 0
  directSuccesses = 0
  topicAttempts = 0
  /** As far as uWebSockets.js tells: rather too many than too few, see `Topics`. */
  topicSkips = 0
  /** Sockets that a message was published to. */
  readonly receivers = new Buckets(RECEIVERS)
  /** From when a message was taken by its owner until it was published to sockets, the disk included; of each slice. */
  readonly fanoutMs = new Buckets()

  opened(msgpack: boolean): void {
    if (msgpack) this.openedMsgpack++
    else this.openedJson++
  }

  closed(code: number, seconds: number): void {
    const known = this.closes.has(code) ? code : OTHER_CODE
    this.closes.set(known, (this.closes.get(known) ?? 0) + 1)
    this.openSeconds.observe(seconds)
  }

  published(receivers: number): void {
    this.topicAttempts += receivers
    this.receivers.observe(receivers)
  }

  /** A slice of the receivers has been served. */
  fannedOut(afterMs: number): void {
    this.fanoutMs.observe(Math.max(0, afterMs))
  }
}
