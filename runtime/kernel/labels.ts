/**
 * Labels: names as small numbers, so that the hot path can tell the watchdog with one integer store what it
 * is doing.
 *
 * Bounded: beyond `LABELS_MAX` every new name is `(other)`. Names come from definitions and message types, so
 * a program has few; an actor that makes up types cannot fill memory with them.
 */

import { ACTIVITY_LABEL_BITS } from './activity-cells.ts'

export const LABELS_MAX = 2 ** ACTIVITY_LABEL_BITS
const NAME_LENGTH_MAX = 64
const OTHER = 1

/** Told about every new label; a thread publishes them where the watchdog can read them. */
export type LabelListener = (label: number, name: string) => void

export class Labels {
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = ['', '(other)']
  readonly #onNew: LabelListener

  constructor(onNew: LabelListener = () => {}) {
    this.#onNew = onNew
    onNew(OTHER, '(other)')
  }

  of(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    if (this.#names.length >= LABELS_MAX) return OTHER
    const label = this.#names.push(name) - 1
    this.#numbers.set(name, label)
    this.#onNew(label, name.slice(0, NAME_LENGTH_MAX))
    return label
  }
}
