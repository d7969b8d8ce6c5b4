/** How many file descriptors a process has open, and the most it had while it was watched. */
import { readdirSync, readFileSync, statSync } from 'node:fs'

const LOOK_MS = 100

function openDescriptors(pid: number): number {
  // Since Linux 6.2 the size of the folder is the number of its entries, and reading 20,000 of them is not needed.
  return statSync(`/proc/${pid}/fd`).size || readdirSync(`/proc/${pid}/fd`).length
}

export class DescriptorWatch {
  peak = 0
  readonly #timer: NodeJS.Timeout

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      this.peak = Math.max(this.peak, openDescriptors(pid))
    }, LOOK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** What this process may open, and each that it starts. */
export function descriptorLimit(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
}
