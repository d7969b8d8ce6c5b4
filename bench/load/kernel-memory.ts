/**
 * What the kernel keeps for sockets, of the whole machine: slabs (socket, file, inode, epoll entry) and what TCP buffers hold.
 *
 * Both ends of a connection are on one box, so a connection counts twice: what a server alone would take is about half. Other work on
 * the machine shows in it too.
 */
import { readFileSync } from 'node:fs'

const PAGE_BYTES = 4_096

export function kernelBytes(): number {
  return (
    slabBytes(readFileSync('/proc/meminfo', 'utf8')) + tcpBytes(readFileSync('/proc/net/sockstat', 'utf8'))
  )
}

/** What programs may still take without pushing others out. */
export function availableBytes(meminfo: string = readFileSync('/proc/meminfo', 'utf8')): number {
  return kibOf(meminfo, 'MemAvailable') * 1_024
}

export function slabBytes(meminfo: string): number {
  return kibOf(meminfo, 'Slab') * 1_024
}

/** `TCP: inuse 5 orphan 0 tw 0 alloc 6 mem 1`: mem is in pages. */
export function tcpBytes(sockstat: string): number {
  const pages = /^TCP:.* mem (\d+)/m.exec(sockstat)?.[1]
  if (pages === undefined) throw new Error('Cannot read the memory of TCP: /proc/net/sockstat has none')
  return Number(pages) * PAGE_BYTES
}

function kibOf(meminfo: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1]
  if (kib === undefined)
    throw new Error(`Cannot read the memory of the machine: /proc/meminfo has no ${name}`)
  return Number(kib)
}
