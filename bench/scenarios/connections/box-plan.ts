/** How a box is filled: which nodes hold how many, which generators, and when to stop. */
import { shares } from '../../load/fleet.ts'

export interface BoxPlan {
  /** Sessions of each node, and of the generator that belongs to it. */
  readonly nodes: readonly { readonly first: number; readonly count: number }[]
  readonly heartbeatMs: number
}

/** Below the limit of descriptors by what a node keeps for other things, and a little more. */
const RESERVE = 700
/** So few cores can ping and be answered so often; a ping there and back takes about 100 us of both sides. */
const HEARTBEATS_PER_S_PER_CORE = 2_500
const HEARTBEAT_MIN_MS = 30_000

export function planBox(count: number, descriptors: number, cores: number): BoxPlan {
  const perNode = descriptors - RESERVE
  const nodes = shares(count, Math.max(1, Math.ceil(count / perNode)))
  const neededMs = Math.ceil((count * 1_000) / (HEARTBEATS_PER_S_PER_CORE * cores))
  return { nodes, heartbeatMs: Math.max(HEARTBEAT_MIN_MS, neededMs) }
}

/** Why to stop before the next node; undefined when there is room for it. */
export function stopReason(
  availableBytes: number,
  neededBytes: number,
  reserveBytes: number,
): string | undefined {
  if (availableBytes - neededBytes >= reserveBytes) return undefined
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20)
  return `memory: ${mib(availableBytes)} MiB are available, the next node takes ${mib(neededBytes)} MiB and ${mib(reserveBytes)} MiB stay free`
}
