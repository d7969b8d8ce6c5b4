/** `top` on a terminal: asks the node at every interval, takes keys in between, draws when something changed. */

import { type ActorDetails, type AdminClient, AdminError, type Top } from '../../../gateway/admin/index.ts'
import { type Page, pageOf, paperOf } from '../output.ts'
import { FullScreen } from '../terminal/full-screen.ts'
import { failed, filterOf, pressed, sampled, type TopStart, type TopState, topState } from './state.ts'
import { topScreen } from './view.ts'

/** More than fit a screen, so that sorting otherwise has something to show before the next answer. */
const ROWS = 200
/** Of the first look: short, so that there is something to see. */
const FIRST_WINDOW_MS = 200

/** Resolves when the operator quits. @throws AdminError when the node is lost */
export async function runTop(node: AdminClient, start: TopStart, intervalMs: number): Promise<void> {
  const attachedAtMs = performance.now()
  let state = topState(start)
  let wake = (): void => {}
  const draw = (): void => {
    const page: Page = { ...pageOf(node, attachedAtMs), width: screen.width }
    screen.draw(topScreen(state, page, screen.height))
  }
  const { colours } = paperOf(process.stdout)
  const screen = new FullScreen({ input: process.stdin, output: process.stdout }, colours, {
    key: (key) => {
      const before = state
      state = pressed(state, key)
      if (state.done || state.followed !== before.followed || (before.paused && !state.paused)) wake()
      draw()
    },
    redraw: draw,
  })
  try {
    draw()
    while (!state.done) {
      if (!state.paused) state = await look(node, () => state)
      draw()
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, intervalMs)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    screen.close()
  }
}

/** Asks by the state as it is, and puts the answer into the state as it is by then. */
async function look(node: AdminClient, current: () => TopState): Promise<TopState> {
  const asked = current()
  try {
    const details = await askDetails(node, asked)
    const top = await askTop(node, asked, details?.ref ?? asked.followed?.ref)
    const now = current()
    return now.paused ? now : sampled(now, top, details)
  } catch (error) {
    if (!(error instanceof AdminError) || isOver(error)) throw error
    return failed(current(), error.message)
  }
}

function askTop(node: AdminClient, state: TopState, follow: string | undefined): Promise<Top> {
  const { sort, samples } = state
  const match = filterOf(state)
  return node.request('top', {
    sort,
    limit: ROWS,
    ...(match === '' ? {} : { match }),
    ...(follow === undefined ? {} : { follow }),
    ...(samples.length === 0 ? { windowMs: FIRST_WINDOW_MS } : {}),
  })
}

/** Who is followed, under the ref that he has now. Undefined when he is gone, or nobody is followed. */
async function askDetails(node: AdminClient, { followed }: TopState): Promise<ActorDetails | undefined> {
  if (followed === undefined) return undefined
  try {
    return await node.request('info', { target: followed.target })
  } catch (error) {
    if (error instanceof AdminError && !isOver(error)) return undefined
    throw error
  }
}

/** No later answer can be hoped for. */
function isOver({ code }: AdminError): boolean {
  return code === 'CONNECTION_LOST' || code === 'NOT_A_NODE' || code === 'BAD_VERSION' || code === 'FORBIDDEN'
}
