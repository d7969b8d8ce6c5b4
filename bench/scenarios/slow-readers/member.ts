/**
 * Member: a reader of a room that keeps count of what it holds, can be made to read slowly, and pulls what `lagged` names.
 */
import { numberIn, valueAfter } from '../../traffic/frame-text.ts'
import type { Person } from '../../traffic/person.ts'

const PAGE = 200

interface Range {
  after: number
  readonly to: number
}

export class Member {
  readonly person: Person
  pulled = 0
  /** Messages that came on their own. */
  pushed = 0
  readonly #channel: string
  /** By number: whether it is held. */
  #held = new Uint8Array(0)
  #first = 0
  #count = 0
  #ranges: Range[] = []
  #asked = false
  #allowance: { taken: number; allowed: number; readonly timer: NodeJS.Timeout } | undefined

  constructor(person: Person, channel: string) {
    this.person = person
    this.#channel = channel
  }

  get holds(): number {
    return this.#count
  }

  /** From now on messages from that number on count. */
  expect(first: number, total: number): void {
    this.#held = new Uint8Array(total)
    this.#first = first
    this.#count = this.pulled = this.pushed = 0
  }

  /** Returns the number of a message that is new here. */
  frame(op: string, bytes: Buffer, from: number, to: number): number | undefined {
    if (op === 'message') {
      this.pushed++
      this.#spend()
      return this.#take(numberIn(bytes, from, to))
    }
    if (op === 'lagged') this.#lag(bytes, from, to)
    else if (op === 'page') this.#page(bytes.toString('utf8', from, to))
    return undefined
  }

  /** Reads from the socket only while it has taken fewer messages than its pace allows. */
  slowDown(perSecond: number): void {
    const timer = setInterval(() => {
      const allowance = this.#allowance
      if (allowance === undefined) return
      allowance.allowed++
      if (allowance.taken < allowance.allowed) this.person.resume()
    }, 1_000 / perSecond)
    this.#allowance = { taken: 0, allowed: 0, timer }
    this.person.pause()
  }

  speedUp(): void {
    clearInterval(this.#allowance?.timer)
    this.#allowance = undefined
    this.person.resume()
  }

  #spend(): void {
    const allowance = this.#allowance
    if (allowance === undefined) return
    allowance.taken++
    if (allowance.taken >= allowance.allowed) this.person.pause()
  }

  #take(id: number | undefined): number | undefined {
    const number = (id ?? -1) - this.#first
    if (number < 0 || this.#held[number] !== 0) return undefined
    this.#held[number] = 1
    this.#count++
    return number
  }

  #lag(bytes: Buffer, from: number, to: number): void {
    const start = valueAfter('"from":', bytes, from, to) ?? 1
    this.#ranges.push({ after: start - 1, to: valueAfter('"to":', bytes, from, to) ?? start })
    this.#ask()
  }

  #ask(): void {
    const [range] = this.#ranges
    if (this.#asked || range === undefined) return
    this.#asked = true
    const limit = Math.min(PAGE, range.to - range.after)
    const request = { op: 'history', ref: 1, conversation: this.#channel, after: range.after, limit }
    this.person.send([JSON.stringify(request)])
  }

  #page(text: string): void {
    const { messages } = JSON.parse(text) as { messages: { seq: number; id: string }[] }
    const [range] = this.#ranges
    this.#asked = false
    if (range === undefined) return
    for (const { id } of messages) if (this.#take(Number(id.slice(1))) !== undefined) this.pulled++
    range.after = messages.at(-1)?.seq ?? range.to
    if (range.after >= range.to) this.#ranges.shift()
    this.#ask()
  }
}
