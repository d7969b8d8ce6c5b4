/**
 * Tickets: what a client shows to resume its session. HMAC-SHA256 of the session's number and generation under a secret
 * of this process, so nothing has to be stored, and each is good once: the generation grows at every resume.
 */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const SECRET_BYTES = 32
const INCARNATION_BYTES = 6

export class Tickets {
  readonly #secret = randomBytes(SECRET_BYTES)
  /** Tells the sessions of this process from those of an earlier one. */
  readonly #incarnation = randomBytes(INCARNATION_BYTES).toString('hex')

  /** The session's name on the wire. */
  nameOf(session: number): string {
    return `${this.#incarnation}-${session}`
  }

  /** The number behind a name; undefined for the names of other processes. */
  numberOf(name: string): number | undefined {
    const match = /^([0-9a-f]{12})-([1-9][0-9]{0,15})$/.exec(name)
    return match?.[1] === this.#incarnation ? Number(match[2]) : undefined
  }

  issue(session: number, generation: number): string {
    return this.#sign(session, generation).toString('base64url')
  }

  verify(ticket: string, session: number, generation: number): boolean {
    const given = Buffer.from(ticket, 'base64url')
    const expected = this.#sign(session, generation)
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  #sign(session: number, generation: number): Buffer {
    return createHmac('sha256', this.#secret).update(`${session}.${generation}`).digest()
  }
}
