// biome-ignore-all lint/suspicious/noThenProperty: a string, and the word for what a client does then
/** Close codes: why a socket ended, and what a client does then. */

export type AfterClose = 'stop' | 'identify' | 'resume'

export const CLOSE = {
  done: 1000,
  goingAway: 1001,
  restart: 1012,
  internal: 4000,
  undecodable: 4002,
  notIdentified: 4003,
  tokenRefused: 4004,
  identifiedTwice: 4005,
  badTicket: 4007,
  tooManyFrames: 4008,
  silent: 4009,
  slowReader: 4010,
  draining: 4011,
  replaced: 4013,
} as const

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE]

/** Reasons as they are sent, and what the client does. */
export const CLOSE_CODES: ReadonlyMap<number, { readonly reason: string; readonly then: AfterClose }> =
  new Map([
    [CLOSE.done, { reason: 'done', then: 'stop' }],
    [CLOSE.goingAway, { reason: 'going away', then: 'stop' }],
    [CLOSE.restart, { reason: 'node restarts', then: 'resume' }],
    [CLOSE.internal, { reason: 'internal fault', then: 'resume' }],
    [CLOSE.undecodable, { reason: 'frame could not be decoded', then: 'resume' }],
    [CLOSE.notIdentified, { reason: 'not identified', then: 'identify' }],
    [CLOSE.tokenRefused, { reason: 'token refused', then: 'stop' }],
    [CLOSE.identifiedTwice, { reason: 'identified twice', then: 'identify' }],
    [CLOSE.badTicket, { reason: 'cursor or ticket not valid', then: 'identify' }],
    [CLOSE.tooManyFrames, { reason: 'too many frames', then: 'resume' }],
    [CLOSE.silent, { reason: 'silent too long', then: 'resume' }],
    [CLOSE.slowReader, { reason: 'reads too slowly', then: 'resume' }],
    [CLOSE.draining, { reason: 'node drains', then: 'resume' }],
    [CLOSE.replaced, { reason: 'connected elsewhere', then: 'stop' }],
  ] as const)

/** A session outlives its socket for every close but these. */
export function endsSession(code: number): boolean {
  return (
    code === CLOSE.done || code === CLOSE.goingAway || code === CLOSE.tokenRefused || code === CLOSE.replaced
  )
}
