import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inTemporaryFolder } from '../testing/cli-process.ts'
import { devSecret, devSecretFile } from './dev-secret.ts'

describe('the secret of development mode', () => {
  it('is made once, in a folder that need not exist, for its owner only', () =>
    inTemporaryFolder(async (folder) => {
      const data = join(folder, 'a', 'b')
      const first = devSecret(data)
      const second = devSecret(data)
      assert.equal(first.created, true)
      assert.deepEqual(second, { secret: first.secret, created: false })
      assert.ok(first.secret.length >= 32)
      assert.equal(statSync(devSecretFile(data)).mode & 0o777, 0o600)
      assert.deepEqual(readdirSync(data), ['dev-secret'])
    }))

  it('is refused when it is too short, without being shown', () =>
    inTemporaryFolder(async (folder) => {
      writeFileSync(devSecretFile(folder), 'hunter2')
      assert.throws(
        () => devSecret(folder),
        (error: Error) => /holds less than 32/.test(error.message) && !error.message.includes('hunter2'),
      )
    }))
})
