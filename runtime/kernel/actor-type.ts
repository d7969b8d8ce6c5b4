/**
 * ActorType: one definition as one kernel runs it, with the small numbers that stand for its message types in
 * the hot path.
 */

import type { AnyDefinition } from '../actor/definition.ts'
import type { Labels } from './labels.ts'

/**
 * The codes of the flight recorder are bytes: 0 is "nothing yet", 255 stands for every type beyond the 254th.
 */
const CODE_OTHER = 255
/** Longer ones are cut: a type is a name, and must not carry a body into a report. */
const NAME_LENGTH_MAX = 64

export class ActorType {
  declare readonly definition: AnyDefinition
  /** The label of a turn without a message: the definition's name. */
  declare readonly label: number
  /** The definition's, here because the hot path needs it. */
  declare readonly mailboxLimit: number
  /** Live actors of this type. */
  live = 0
  readonly #labels: Labels
  readonly #codes = new Map<string, number>()
  readonly #names: string[] = ['']
  /** The kernel's label for each code: `room post`, so that one number tells the actor's type as well. */
  readonly labelOf: number[] = [0]
  // Most actors get the same type many times in a row: one comparison then replaces the look-up.
  lastName = ''
  lastCode = 0

  constructor(definition: AnyDefinition, labels: Labels) {
    this.definition = definition
    this.#labels = labels
    this.mailboxLimit = definition.mailboxLimit
    this.label = labels.of(definition.name)
    this.labelOf[CODE_OTHER] = labels.of(`${definition.name} (other)`)
  }

  /** The recorder's code of a message. */
  codeOf(message: unknown): number {
    const type = (message as { readonly type?: unknown } | null | undefined)?.type
    if (type === this.lastName) return this.lastCode
    const name = typeName(message)
    let code = this.#codes.get(name)
    if (code === undefined) {
      if (this.#names.length >= CODE_OTHER) return CODE_OTHER
      code = this.#names.push(name) - 1
      this.#codes.set(name, code)
      this.labelOf[code] = this.#labels.of(`${this.definition.name} ${name}`)
    }
    if (name === type) {
      this.lastName = name
      this.lastCode = code
    }
    return code
  }

  /** The names behind the recorder's bytes, oldest first. */
  describeRecent(recent: number, older: number): string[] {
    const names: string[] = []
    for (const word of [older, recent]) {
      for (let shift = 24; shift >= 0; shift -= 8) {
        const code = (word >>> shift) & 0xff
        if (code !== 0) names.push(this.#names[code] ?? '(other)')
      }
    }
    return names
  }
}

/**
 * What a message is called in traces and reports: its `type`, or what kind of value it is. Never its content.
 */
export function typeName(message: unknown): string {
  if (typeof message !== 'object' || message === null) return typeof message
  try {
    const type = (message as { type?: unknown }).type
    return typeof type === 'string' ? type.slice(0, NAME_LENGTH_MAX) : 'object'
  } catch {
    return 'object' // an accessor that throws must not take whoever sends or reports along
  }
}
