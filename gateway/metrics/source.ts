/** MetricsSource: what the metrics of a node are read from at one scrape. */

import type { Capacity } from '../capacity.ts'
import type { Gateway } from '../gateway.ts'
import type { Families } from './families.ts'
import type { Incidents } from './incidents.ts'
import type { ThreadsFigure } from './thread-figures.ts'

export interface MetricsSource extends ThreadsFigure {
  readonly gateway: Gateway
  readonly capacity: Capacity
  readonly incidents: Incidents
  readonly httpRequests: number
  readonly isReady: boolean
  /** How late timers of the main thread were, as `Buckets`. */
  readonly mainLag: Float64Array
}

export type NodeFamilies = Families<MetricsSource>
