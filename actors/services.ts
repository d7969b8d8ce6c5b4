/** The services of a scheduler thread, and the node's settings that actors need. */

import type { ReplyTo } from '../runtime/index.ts'
import { serviceKey } from '../runtime/index.ts'
import type { Store } from '../storage/index.ts'
import type { Meter } from './meter.ts'

export interface NodeSettings {
  /** Shown to clients. */
  readonly node: string
  /** From 0 to 63: with the thread it makes the 10 bits of every Snowflake. */
  readonly nodeNumber: number
  /** Scheduler threads, at least 1. */
  readonly threads: number
  /** The folder of the LMDB store; undefined keeps everything in memory of the thread (tests only). */
  readonly data: string | undefined
  readonly mapSizeMb: number
}

/** The actor 'config' on thread 0. */
export type ConfigMsg = { readonly type: 'settings'; readonly replyTo: ReplyTo<NodeSettings> }

/** Makes Snowflakes: unique in the cluster, growing within a thread, safe when the clock steps back. */
export interface Ids {
  next(): string
}

export const storeService = serviceKey<Store>('the store')
export const idsService = serviceKey<Ids>('ids')
export const settingsService = serviceKey<NodeSettings>('the settings')
export const meterService = serviceKey<Meter>('the meter')

/** The shard, from 1 to `threads`, that a user, conversation, guild or topic belongs to. FNV-1a over UTF-16 units. */
export function shardOf(key: string, threads: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return ((hash >>> 0) % threads) + 1
}
