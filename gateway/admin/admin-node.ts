/** AdminNode: what the admin channel knows of its node. The server fills it in. */

import type { Node } from '../../runtime/index.ts'
import type { Authenticator } from '../authenticator.ts'
import type { Clock } from '../clock.ts'
import type { Gateway } from '../gateway.ts'
import type { CheckedSettings } from '../settings.ts'
import type { Hello } from './contract.ts'
import type { StoreReader } from './store-reader.ts'

export interface AdminNode {
  readonly settings: CheckedSettings
  readonly clock: Clock
  readonly gateway: Gateway
  readonly authenticator: Authenticator
  readonly store: StoreReader
  /** @throws Refusal `UNAVAILABLE` before it has started */
  readonly node: () => Node
  readonly state: () => Hello['state']
  /** Prometheus text. */
  readonly metrics: () => string | Promise<string>
  /** Sockets that may be open. */
  readonly socketsMax: () => number
  /** Begins to send all clients away and to stop. */
  readonly drain: () => void
}
