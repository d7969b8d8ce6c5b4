/** rootKeeper: watches the root, so that the node learns how it ended. */

import { defineActor, stop } from '../actor/definition.ts'
import type { ExitReason } from '../actor/exit-reason.ts'
import type { Down } from '../actor/messages.ts'
import type { AnyRef } from '../actor/ref.ts'

interface Keeping {
  readonly root: AnyRef
  readonly onEnd: (reason: ExitReason) => void
}

export const rootKeeper = defineActor<Keeping, Down, Keeping>({
  name: 'rootKeeper',
  init(keeping, ctx) {
    ctx.monitor(keeping.root)
    return keeping
  },
  handle(keeping, down) {
    keeping.onEnd(down.reason)
    return stop()
  },
})
