/**
 * Lines: newline-delimited text out of chunks of bytes, bounded.
 *
 * Guarantees: a line is handed on once it is whole; of one that is longer than the bound nothing is kept, and `push`
 * answers false, then and ever after: the rest of the connection means nothing.
 */

const NEWLINE = 0x0a

export class Lines {
  bytesMax: number
  #parts: Buffer[] = []
  #length = 0
  #isOver = false

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  push(chunk: Buffer, line: (text: string) => void): boolean {
    if (this.#isOver) return false
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      if (this.#length + end - from > this.bytesMax) return this.#giveUp()
      const text = Buffer.concat([...this.#parts, chunk.subarray(from, end)]).toString('utf8')
      this.#parts = []
      this.#length = 0
      from = end + 1
      if (text.trim() !== '') line(text)
    }
    this.#length += chunk.length - from
    if (this.#length > this.bytesMax) return this.#giveUp()
    if (from < chunk.length) this.#parts.push(chunk.subarray(from))
    return true
  }

  #giveUp(): false {
    this.#isOver = true
    this.#parts = []
    return false
  }
}
