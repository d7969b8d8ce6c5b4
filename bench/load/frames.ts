/**
 * WebSocket frames as the load generator needs them: masked whole frames out, whole unfragmented frames in.
 *
 * Reading allocates nothing: a frame is handed over as a range of the buffer that it was received in, valid during the call only.
 */

export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

const FINAL = 0x80
const MASKED = 0x80
/** All zero: the payload goes out as it is. The server unmasks either way, so its work is the same. */
const MASK = Buffer.alloc(4)

export type OnFrame = (opcode: number, bytes: Buffer, from: number, to: number) => void

export function encodeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([FINAL | opcode, MASKED | length]), MASK, payload])
  const isShort = length < 65_536
  const header = Buffer.alloc(isShort ? 4 : 10)
  header[0] = FINAL | opcode
  header[1] = MASKED | (isShort ? 126 : 127)
  if (isShort) header.writeUInt16BE(length, 2)
  else header.writeUInt32BE(length, 6)
  return Buffer.concat([header, MASK, payload])
}

/** Reads whole frames of the first `length` bytes; returns how many bytes they took. What is left is the start of the next. */
export function readFrames(bytes: Buffer, length: number, onFrame: OnFrame): number {
  let at = 0
  while (length - at >= 2) {
    const short = (bytes[at + 1] as number) & 0x7f
    const header = short < 126 ? 2 : short === 126 ? 4 : 10
    if (length - at < header) break
    const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
    const end = at + header + size
    if (length < end) break
    onFrame((bytes[at] as number) & 0x0f, bytes, at + header, end)
    at = end
  }
  return at
}

/** Whether the range starts with it: what a frame is, without decoding it. */
export function startsWith(bytes: Buffer, from: number, to: number, start: Buffer): boolean {
  if (to - from < start.length) return false
  for (let at = 0; at < start.length; at++) if (bytes[from + at] !== start[at]) return false
  return true
}
