/** What a process of the generator is started with to make its crowd. Plain data, so that it fits on a command line. */
import { Crowd, type CrowdOptions } from './crowd.ts'
import { dialectNamed } from './dialect.ts'
import { Sources, sourcesOf } from './sources.ts'
import type { Target } from './target.ts'

export interface CrowdArguments {
  readonly target: Target
  readonly dialect: string
  readonly count: number
  /** Number of the first user. */
  readonly first: number
  /** Number of the process, from 0 on: decides on its source addresses. */
  readonly process: number
  readonly keepsSessions?: boolean
}

export function crowdOf(args: CrowdArguments, handlers: Pick<CrowdOptions, 'onFrame' | 'onClose'>): Crowd {
  const { process, dialect, ...rest } = args
  return new Crowd({
    ...rest,
    ...handlers,
    dialect: dialectNamed(dialect),
    sources: new Sources(sourcesOf(process)),
  })
}
