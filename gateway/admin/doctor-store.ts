/** What `doctor` asks of disk, store and clock. */

import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { AdminNode } from './admin-node.ts'
import type { Finding } from './chat-rows.ts'
import { Refusal } from './params.ts'

/** A doctor pays for all its checks together. */
const unpaid = (): void => {}
const MIB = 1_024 * 1_024
const DISK_WARN_MIB = 2_048
const DISK_FAIL_MIB = 256
const DISK_PART = 0.1
const MAP_WARN_PART = 0.8
const MAP_FAIL_PART = 0.95
/** Snowflakes: see actors/snowflake.ts. */
const EPOCH_MS = 1_420_070_400_000n
const TIME_SHIFT = 22n
const CLOCK_BACK_MS = 1_000
/** Wall clock and monotonic clock since the process began: beyond, somebody has set the clock. */
const DRIFT_MS = 5_000

export async function checkDisk({ settings: { data } }: AdminNode): Promise<Finding[]> {
  if (data === undefined) return [memoryOnly()]
  try {
    const { bavail, blocks, bsize, ffree, files } = await statfs(data)
    const freeMib = Math.floor((bavail * bsize) / MIB)
    const fact = `${freeMib} MiB are free on the disk of ${data}`
    const fix = 'free some space: without it no message can be stored'
    const part = blocks === 0 ? 1 : bavail / blocks
    if (freeMib < DISK_FAIL_MIB) return [{ check: 'disk', level: 'fail', fact, fix }]
    if (files > 0 && ffree < files * 0.01) {
      return [{ check: 'disk', level: 'warn', fact: `few inodes are left on the disk of ${data}`, fix }]
    }
    const isLow = freeMib < DISK_WARN_MIB || part < DISK_PART
    return [{ check: 'disk', level: isLow ? 'warn' : 'ok', fact, fix: isLow ? fix : '' }]
  } catch (error) {
    const fact = `the folder ${data} cannot be looked at: ${(error as Error).message}`
    return [{ check: 'disk', level: 'fail', fact, fix: 'give the node back its data folder' }]
  }
}

export async function checkStore(admin: AdminNode): Promise<Finding[]> {
  const { data, mapSizeMb } = admin.settings
  if (data === undefined) return []
  const usedMib = (statSync(join(data, 'data.mdb'), { throwIfNoEntry: false })?.size ?? 0) / MIB
  const findings: Finding[] = [storeFill(usedMib, mapSizeMb)]
  try {
    await admin.store.use(unpaid, (store) => store.lastId())
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    findings.push({ check: 'store', level: 'fail', fact: error.message, fix: 'see the log of the node' })
  }
  return findings
}

/** How much of what the store may grow to is used. */
export function storeFill(usedMib: number, mapSizeMb: number): Finding {
  const part = usedMib / mapSizeMb
  const level = part > MAP_FAIL_PART ? 'fail' : part > MAP_WARN_PART ? 'warn' : 'ok'
  const fact = `the store takes ${Math.ceil(usedMib)} of ${mapSizeMb} MiB (${(part * 100).toFixed(1)}%)`
  const fix = level === 'ok' ? '' : 'raise --map-size-mb and start again: at the limit nothing more is stored'
  return { check: 'store', level, fact, fix }
}

/** A clock that is behind what was stored makes ids that are late; one that was set moves deadlines. */
export async function checkClock(admin: AdminNode): Promise<Finding[]> {
  const driftMs = Math.round(Date.now() - performance.timeOrigin - performance.now())
  const fix = 'have the clock kept by NTP (chrony or systemd-timesyncd), slewed and not stepped'
  if (Math.abs(driftMs) > DRIFT_MS) {
    const fact = `the clock was set by ${driftMs} ms since the node started`
    return [{ check: 'clock', level: 'warn', fact, fix }]
  }
  const aheadMs = await newestIdAheadMs(admin)
  if (aheadMs > CLOCK_BACK_MS) {
    const fact = `the clock is ${aheadMs} ms behind the newest id in the store`
    return [{ check: 'clock', level: 'fail', fact, fix }]
  }
  return [
    { check: 'clock', level: 'ok', fact: 'it is ahead of all that was stored and runs evenly', fix: '' },
  ]
}

async function newestIdAheadMs({ store }: AdminNode): Promise<number> {
  try {
    const id = BigInt(await store.use(unpaid, (reader) => reader.lastId()))
    return id === 0n ? 0 : Number((id >> TIME_SHIFT) + EPOCH_MS) - Date.now()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return 0 // told by the check of the store
  }
}

function memoryOnly(): Finding {
  const fact = 'this node keeps everything in memory'
  return { check: 'disk', level: 'warn', fact, fix: 'start it with a data folder' }
}
