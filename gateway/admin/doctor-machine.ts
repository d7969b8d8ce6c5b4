/** What `doctor` asks of the machine: settings of the kernel and memory. Other systems than Linux have no findings. */

import { readFileSync } from 'node:fs'
import { availableParallelism, freemem, totalmem } from 'node:os'
import type { AdminNode } from './admin-node.ts'
import type { Finding } from './chat-rows.ts'

const MIB = 1_024 * 1_024
/** Clients that come back together after a restart wait here; uWebSockets.js itself asks for 512. */
const BACKLOG_MIN = 512
const FREE_PART = 0.05
/** A tracked connection each, and as many again that are ending. */
const CONNTRACK_FACTOR = 2

export function checkKernel({ socketsMax, settings }: AdminNode): Finding[] {
  const findings: Finding[] = []
  const atLeast = (name: string, min: number, why: string): void => {
    const value = sysctl(name)
    if (value === undefined) return
    const isEnough = value >= min
    const fact = `${name} is ${value}${isEnough ? '' : `, less than ${min}: ${why}`}`
    findings.push({
      check: 'kernel',
      level: isEnough ? 'ok' : 'warn',
      fact,
      fix: isEnough ? '' : `sysctl -w ${name}=${min}, and the same in /etc/sysctl.d`,
    })
  }
  atLeast('net.core.somaxconn', BACKLOG_MIN, 'clients that come all at once are refused')
  atLeast('net.ipv4.tcp_max_syn_backlog', BACKLOG_MIN, 'clients that come all at once are refused')
  const sockets = Math.min(socketsMax(), settings.connectionsMax ?? socketsMax())
  atLeast('fs.file-max', sockets, 'the machine runs out of open files before this node does')
  const tracked = 'a firewall that tracks connections drops new ones'
  atLeast('net.netfilter.nf_conntrack_max', sockets * CONNTRACK_FACTOR, tracked)
  const cores = availableParallelism()
  if (settings.threads >= cores && cores > 1) {
    const fact = `${settings.threads} scheduler threads beside the main thread, on ${cores} cores`
    findings.push({ check: 'kernel', level: 'warn', fact, fix: `set threads to ${cores - 1}` })
  }
  return findings
}

export function checkMemory(): Finding[] {
  const rss = process.memoryUsage.rss()
  const limit = constrained()
  const total = limit ?? totalmem()
  const free = limit === undefined ? available() : limit - rss
  const fact = `the process takes ${mib(rss)} MiB; ${mib(free)} of ${mib(total)} MiB are free`
  const isLow = free < total * FREE_PART
  const fix = isLow ? 'give it more memory, or fewer clients with connectionsMax' : ''
  return [{ check: 'memory', level: isLow ? 'warn' : 'ok', fact, fix }]
}

/** The limit of the container. */
function constrained(): number | undefined {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : undefined
}

/** Linux counts as available what caches would give back. */
function available(): number {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(readIfThere('/proc/meminfo') ?? '')
  return match === null ? freemem() : Number(match[1]) * 1_024
}

function sysctl(name: string): number | undefined {
  const text = readIfThere(`/proc/sys/${name.replaceAll('.', '/')}`)
  return text === undefined ? undefined : Number(text.trim())
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // not Linux, or not in this container
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB)
}
