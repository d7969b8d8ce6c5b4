/**
 * Metrics of the process, under the names that every Prometheus client uses.
 *
 * Why not prom-client's own: it lists /proc/self/fd to count descriptors, 10 ms on the main thread at 15,000 sockets, and
 * runs timers and observers between scrapes.
 */

import { statSync } from 'node:fs'
import { descriptorLimit } from '../capacity.ts'
import type { NodeFamilies } from './source.ts'

const US_PER_S = 1_000_000
const MS_PER_S = 1_000

export function addProcessMetrics(families: NodeFamilies): void {
  const startedAt = (Date.now() - performance.now()) / MS_PER_S
  const descriptorsMax = descriptorLimit()
  families.counter('process_cpu_seconds_total', 'User and system CPU time, all threads.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / US_PER_S
  })
  families.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  families.gauge('process_start_time_seconds', 'When the process was started, since 1970.', () => startedAt)
  families.gauge('process_open_fds', 'Open file descriptors.', openDescriptors)
  families.gauge('process_max_fds', 'File descriptors that may be open.', () => {
    return descriptorsMax === Infinity ? undefined : descriptorsMax
  })
}

/** Linux 6.2 and later tells it as the size of the folder; undefined elsewhere. */
function openDescriptors(): number | undefined {
  const size = statSync('/proc/self/fd', { throwIfNoEntry: false })?.size ?? 0
  return size > 0 ? size : undefined
}
