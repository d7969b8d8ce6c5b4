/** Where and on what a result was measured: the machine, and the commit of this repository. */
import { execFileSync } from 'node:child_process'
import os from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly kernel: string
  readonly node: string
  /** Missing when Erlang/OTP did not take part. */
  readonly otp?: string
}

export function describeMachine(otp: string | undefined): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    ...(otp !== undefined && { otp }),
  }
}

/** The commit that was measured, with `-dirty` when files differ from it; `unknown` outside of git. */
export function describeCommit(directory: string): string {
  try {
    const commit = git(directory, 'rev-parse', 'HEAD')
    return git(directory, 'status', '--porcelain') === '' ? commit : `${commit}-dirty`
  } catch {
    return 'unknown'
  }
}

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}
