/** Streams on the command line: they end by themselves, or with Ctrl-C, which is how one ends them and no failure. */

import type { AdminStreamKind, AdminSubscription, EndOf } from '../../gateway/admin/index.ts'
import { stopSignal } from '../shutdown.ts'

/** Waits for the end; the first signal asks the node for it, a second one ends the process. */
export async function ending<Kind extends AdminStreamKind>(
  stream: AdminSubscription<Kind>,
): Promise<EndOf<Kind>> {
  void stopSignal().then(() => stream.cancel())
  return await stream.ended
}
