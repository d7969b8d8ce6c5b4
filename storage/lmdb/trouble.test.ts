import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { message, messages } from '../conformance/fixtures.ts'
import type { StorageErrorCode } from '../errors.ts'
import type { Store } from '../ports.ts'
import { LmdbDatabase } from './database.ts'
import { lockFolder, openLmdbStore } from './index.ts'
import { keys } from './keys.ts'
import { packCounter } from './rows.ts'

const GIB = 1_024 ** 3
const code = (expected: StorageErrorCode) => ({ name: 'StorageError', code: expected })
let path = ''
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'guildhall-trouble-'))
})
afterEach(() => rmSync(path, { recursive: true, force: true }))

describe('a full map', () => {
  it('refuses writes, keeps reading, and writes again when it may grow', async () => {
    const store = await openLmdbStore({ path, mapSizeMb: 1 })
    const written = await fillUp(store)
    await store.close()
    const larger = await openLmdbStore({ path, mapSizeMb: 8 })
    assert.equal(await larger.head('1'), written)
    await larger.append('1', [message()], [])
    assert.equal(await larger.head('1'), written + 1)
    await larger.close()
  })
})

describe('a full disk', () => {
  beforeEach(() => execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path]))
  afterEach(() => execFileSync('umount', ['-l', path]))

  it('refuses writes, keeps reading, and writes again when there is room', async () => {
    const ballast = join(path, 'ballast')
    writeFileSync(ballast, Buffer.alloc(200_000))
    const store = await openLmdbStore({ path, mapSizeMb: 64 })
    const written = await fillUp(store)
    unlinkSync(ballast)
    assert.ok(statfsSync(path).bavail > 0)
    await store.append('1', [message()], ['bob'])
    assert.deepEqual([await store.head('1'), await store.inboxHead('bob')], [written + 1, written + 1])
    await store.close()
  })
})

describe('a damaged row', () => {
  const damages: [string, string, Buffer, (store: Store) => Promise<unknown>][] = [
    [
      'messages',
      keys.message('1', 2),
      Buffer.from('junk and more junk'),
      (store) => store.read('1', { limit: 9 }),
    ],
    ['inbox', keys.inbox('bob', 1), Buffer.from([1]), (store) => store.readInbox('bob', 0, 9)],
    ['heads', keys.head('1'), Buffer.from([1, 2]), (store) => store.head('1')],
    ['heads', keys.head('1'), Buffer.alloc(8, 0xff), (store) => store.append('1', [message()], [])],
  ]
  for (const [table, key, bytes, read] of damages) {
    it(`in ${table} is named, and the other rows still read`, async () => {
      const store = await openLmdbStore({ path })
      await store.append('1', messages(3), ['bob'])
      await store.append('2', messages(3), ['carol'])
      await overwrite(path, key, bytes)
      await assert.rejects(read(store), (error: Error & { context?: { table?: string; key?: string } }) => {
        assert.match(error.message, /^Cannot read a row of /)
        assert.equal(error.context?.table, table)
        assert.equal(error.context?.key, Buffer.from(key.slice(1), 'latin1').toString('hex'))
        return 'code' in error && error.code === 'STORE_CORRUPT'
      })
      assert.equal((await store.read('2', { limit: 9 })).items.length, 3)
      await store.append('2', [message()], ['carol'])
      await store.close()
    })
  }

  it('that flips one bit is found by its checksum', async () => {
    const store = await openLmdbStore({ path })
    await store.append('1', [message()], [])
    const database = await LmdbDatabase.open(path, GIB, new Map())
    const row = Buffer.from(database.get(keys.message('1', 1)) ?? [])
    await database.close()
    row[row.length - 1] = (row.at(-1) ?? 0) ^ 1
    await overwrite(path, keys.message('1', 1), row)
    await assert.rejects(store.read('1', { limit: 1 }), code('STORE_CORRUPT'))
    await store.close()
  })
})

describe('opening', () => {
  it('refuses a folder of a newer version, and says what to do', async () => {
    await (await openLmdbStore({ path })).close()
    await overwrite(path, keys.format, packCounter(2))
    await assert.rejects(openLmdbStore({ path }), {
      ...code('STORE_UNAVAILABLE'),
      message: /its format is 2, this version reads up to 1; start a newer version/,
    })
  })

  it('refuses a folder whose import did not end', async () => {
    await (await openLmdbStore({ path })).close()
    await overwrite(path, keys.importing, packCounter(1))
    await assert.rejects(openLmdbStore({ path }), code('STORE_UNAVAILABLE'))
  })

  it('refuses a path that is a file', async () => {
    const file = join(path, 'file')
    writeFileSync(file, '')
    await assert.rejects(openLmdbStore({ path: file }), code('STORE_UNAVAILABLE'))
  })
})

describe('too many writes at once', () => {
  it('are refused, and those that were taken are written', async () => {
    const store = await openLmdbStore({ path })
    const body = 'x'.repeat(100_000)
    const calls = Array.from({ length: 400 }, () => store.append('1', [message({ body })], []))
    const results = await Promise.allSettled(calls)
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    assert.ok(refused.length > 0)
    for (const error of refused) assert.equal(error.code, 'STORE_OVERLOADED')
    assert.equal(await store.head('1'), 400 - refused.length)
    await store.close()
  })
})

describe('the lock of a folder', () => {
  it('keeps a second owner out until it is released', () => {
    const lock = lockFolder(path)
    assert.throws(() => lockFolder(path), {
      ...code('STORE_UNAVAILABLE'),
      message: /another process \(pid \d+\)/,
    })
    lock.release()
    lock.release()
    lockFolder(path).release()
  })

  it('keeps another process out, and is free when that one was killed', async () => {
    const script = `
      const { lockFolder } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
      lockFolder(process.argv[1])
      console.log('locked')
      setInterval(() => {}, 1_000)`
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script, path]
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    assert.throws(() => lockFolder(path), { message: new RegExp(`pid ${child.pid}`) })
    child.kill('SIGKILL')
    await once(child, 'exit')
    lockFolder(path).release()
  })
})

/** Appends until it is refused; what was there before still reads. */
async function fillUp(store: Store): Promise<number> {
  for (let written = 0; ; written++) {
    try {
      await store.append('1', [message({ body: 'x'.repeat(1_000) })], ['bob'])
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'STORE_FULL')
      assert.ok(written > 50)
      assert.equal(await store.head('1'), written)
      assert.equal((await store.read('1', { limit: 200 })).items.at(-1)?.seq, written)
      return written
    }
  }
}

async function overwrite(folder: string, key: string, bytes: Buffer): Promise<void> {
  const database = await LmdbDatabase.open(folder, GIB, new Map())
  assert.equal(await database.commit(new Map([[key, bytes]]), database.generation()), true)
  await database.close()
}
