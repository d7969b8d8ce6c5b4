/** What a test of the suite gets: a fresh store, opened by the implementation under test and removed afterwards. */

import { it } from 'node:test'
import type { Store } from '../ports.ts'

interface Subject {
  readonly store: Store
  /** Another handle on the same data, after the first was closed or beside it. */
  reopen(): Promise<Store>
  cleanUp(): Promise<void>
}

export type MakeSubject = () => Promise<Subject>

/** Declares a test over a fresh store. */
export type Check = (title: string, test: (store: Store, subject: Subject) => Promise<void>) => void

export function checksOf(make: MakeSubject): Check {
  return (title, test) => {
    it(title, async () => {
      const subject = await make()
      try {
        await test(subject.store, subject)
      } finally {
        await subject.cleanUp()
      }
    })
  }
}
