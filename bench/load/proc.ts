/** What Linux tells about a process: memory of its own, and processor time. */
import { readFileSync } from 'node:fs'

/** Anonymous memory in bytes: heaps, stacks, buffers; without code and files. */
export function rssAnonBytes(pid: number): number {
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kib === undefined) throw new Error(`Cannot read the memory of process ${pid}: no RssAnon in its status`)
  return Number(kib) * 1_024
}

/** The kernel counts in hundredths of a second on every Linux that Node runs on. */
const TICKS_PER_S = 100

/** Processor time since its start, user and system, all threads. */
export function cpuSeconds(pid: number): number {
  // The second field is the name in parentheses and may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S
}
