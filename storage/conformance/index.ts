/**
 * storeConformance: what every store must do, as tests of node:test. An implementation calls it with a way to make a
 * fresh, empty store. Cases are skipped by the store's `supports` flags and for no other reason.
 */

import { describe } from 'node:test'
import { checksOf, type MakeSubject } from './context.ts'
import { directoryChecks } from './directory-checks.ts'
import { lifeChecks } from './life-checks.ts'
import { logChecks } from './log-checks.ts'
import { modelCheck } from './model-check.ts'

export function storeConformance(name: string, make: MakeSubject): void {
  describe(name, () => {
    const check = checksOf(make)
    logChecks(check)
    directoryChecks(check)
    lifeChecks(check, make)
    describe('a model', () => modelCheck(make))
  })
}
