/** actorLinks: who an actor is tied to, with the names and types of those that are alive. */

import type { ActorInfo, Inspector } from '../../runtime/index.ts'
import type { ActorLinks, Relation } from './actor-rows.ts'

export async function actorLinks(
  inspector: Inspector,
  target: string,
  timeoutMs: number,
): Promise<ActorLinks> {
  const info = await inspector.info(target, { timeoutMs })
  const found = relationsOf(info)
  const rows = await inspector.rows([...new Set(found.map(([, ref]) => ref))], { timeoutMs })
  const related = found.map(([relation, ref]) => {
    const row = rows.get(ref)
    // A link is told by the kernel without its direction: whoever has this one as parent is a child.
    const isChild = relation === 'link' && row?.parent === info.ref
    return { relation: isChild ? ('child' as const) : relation, ref, type: row?.type, name: row?.name }
  })
  const links = info.links.count - (info.links.first.includes(info.parent ?? '') ? 1 : 0)
  const children = related.filter(({ relation }) => relation === 'child').length
  const counts = {
    parent: info.parent === undefined ? 0 : 1,
    child: children,
    link: Math.max(0, links - children),
    watching: info.watching.count,
    watchedBy: info.watchedBy.count,
  }
  return { ref: info.ref, type: info.type, name: info.name, counts, related }
}

function relationsOf({ parent, links, watching, watchedBy }: ActorInfo): (readonly [Relation, string])[] {
  return [
    ...(parent === undefined ? [] : [['parent', parent] as const]),
    ...links.first.filter((ref) => ref !== parent).map((ref) => ['link', ref] as const),
    ...watching.first.map((ref) => ['watching', ref] as const),
    ...watchedBy.first.map((ref) => ['watchedBy', ref] as const),
  ]
}
