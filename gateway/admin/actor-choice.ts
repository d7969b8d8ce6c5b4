/** Which actors a request is about, as the inspector takes it: what was not given is left out. */

import type { ActorFilter } from '../../runtime/index.ts'

export function filterOf({ match, type }: { match: string | undefined; type: string | undefined }): {
  filter?: ActorFilter
} {
  if (match === undefined && type === undefined) return {}
  return { filter: { ...(match === undefined ? {} : { match }), ...(type === undefined ? {} : { type }) } }
}

export function onThread(thread: number | undefined): { thread?: number } {
  return thread === undefined ? {} : { thread }
}
