/**
 * DecodeError: bytes that are not one frame. The gateway closes the socket with 4002.
 * Its text names the fault and repeats nothing of the frame, and it has no cause that would.
 */

export class DecodeError extends Error {
  readonly code = 'UNDECODABLE'

  constructor(fact: string) {
    super(`Cannot decode the frame: ${fact}`)
    this.name = 'DecodeError'
  }
}
