import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isInstalled } from './is-installed.mjs'

const root = { '': { version: '0.1.0' } }
const pool = { version: '5.0.0', integrity: 'sha512-pool' }
const lock = { packages: { ...root, 'node_modules/pool': pool } }

describe('node_modules counts as installed', () => {
  it('when it holds every locked package', () => {
    assert.equal(isInstalled(lock, { packages: { 'node_modules/pool': pool } }), true)
  })

  it('when only an optional package is absent, as those of other platforms are', () => {
    const binary = { version: '1.0.0', optional: true }
    const wider = { packages: { ...lock.packages, 'node_modules/pool-darwin-arm64': binary } }
    assert.equal(isInstalled(wider, { packages: { 'node_modules/pool': pool } }), true)
  })
})

describe('node_modules counts as out of date', () => {
  it('when a package is absent', () => {
    assert.equal(isInstalled(lock, { packages: {} }), false)
  })

  it('when a version differs', () => {
    assert.equal(
      isInstalled(lock, { packages: { 'node_modules/pool': { ...pool, version: '4.9.0' } } }),
      false,
    )
  })

  it('when an optional package is there in another version', () => {
    const optional = { packages: { ...root, 'node_modules/pool': { ...pool, optional: true } } }
    const older = { packages: { 'node_modules/pool': { ...pool, version: '4.9.0' } } }
    assert.equal(isInstalled(optional, older), false)
  })

  it('when the same version has other contents', () => {
    const changed = { packages: { 'node_modules/pool': { ...pool, integrity: 'sha512-other' } } }
    assert.equal(isInstalled(lock, changed), false)
  })

  it('when it holds a package that the lock file no longer names', () => {
    const extra = { packages: { 'node_modules/pool': pool, 'node_modules/old': { version: '1.0.0' } } }
    assert.equal(isInstalled(lock, extra), false)
  })
})
