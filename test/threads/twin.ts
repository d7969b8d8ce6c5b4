/** Defines an actor type that `actors.ts` defines as well. */

import { defineActor } from '../../runtime/actor/index.ts'

export const echo = defineActor({ name: 'echo', init: () => null, handle() {} })
