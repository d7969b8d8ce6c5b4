/**
 * doctor: looks for what makes a bad night: each check says what it found and, where that is no good, how to mend it.
 *
 * Reads only. A check that cannot look, because the machine is another one or a file may not be read, says so and warns
 * of nothing.
 */

import type { AdminNode } from './admin-node.ts'
import type { Finding } from './chat-rows.ts'
import { checkKernel, checkMemory } from './doctor-machine.ts'
import { checkFiles, checkSecrets, checkTls } from './doctor-secrets.ts'
import { checkClock, checkDisk, checkStore } from './doctor-store.ts'
import { threadFigures } from './thread-figures.ts'

const THREADS_MS = 250
const LAG_MS = 100
const BUSY_PART = 0.9
const HEAP_PART = 0.8
const RING_PART = 0.5
/** Of the sockets that may be open. */
const SOCKETS_PART = 0.9
const SUSPENDED_SHOWN = 5

type Check = (admin: AdminNode) => Finding[] | Promise<Finding[]>

const CHECKS: readonly Check[] = [
  checkSockets,
  checkKernel,
  checkMemory,
  checkThreads,
  checkSuspended,
  checkDisk,
  checkStore,
  checkClock,
  checkSecrets,
  checkFiles,
  checkTls,
]

export async function examine(admin: AdminNode): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const check of CHECKS) findings.push(...(await check(admin)))
  return findings
}

function ok(check: string, fact: string): Finding {
  return { check, level: 'ok', fact, fix: '' }
}

function checkSockets({ gateway, socketsMax, settings }: AdminNode): Finding[] {
  const max = socketsMax()
  const open = gateway.connections.all.size
  const fact = `${open} sockets are open, ${max} may be`
  const fix =
    settings.connectionsMax === max
      ? 'raise connectionsMax, or start another node'
      : 'raise the limit of open files (`ulimit -n`, LimitNOFILE= of systemd), or start another node'
  if (open >= max) return [{ check: 'descriptors', level: 'fail', fact, fix }]
  const level = open > max * SOCKETS_PART || max < 1_024 ? 'warn' : 'ok'
  return [{ check: 'descriptors', level, fact, fix: level === 'ok' ? '' : fix }]
}

async function checkThreads(admin: AdminNode): Promise<Finding[]> {
  const threads = await threadFigures(admin.node(), THREADS_MS)
  const findings = threads.flatMap((figures): Finding[] => {
    const { thread, state, answered, current, lagMs, busy, heapBytes, heapLimitBytes, ringIn } = figures
    const check = `thread ${thread}`
    if (state === 'gone') {
      const fact = `it was given up: ${figures.lastFault ?? 'nobody knows why'}`
      return [
        {
          check,
          level: 'fail',
          fact,
          fix: `find the fault in \`crashes\`, then \`restart-thread ${thread}\``,
        },
      ]
    }
    if (!answered) {
      const doing =
        current === undefined
          ? 'nobody knows what it does'
          : `${current.actor} ${current.ref} handles '${current.messageType}'`
      const fact = `it gives no answer: ${doing}`
      return [{ check, level: 'fail', fact, fix: `wait for the watchdog, or \`restart-thread ${thread}\`` }]
    }
    const troubles: string[] = []
    if (lagMs > LAG_MS) troubles.push(`its event loop lags by ${Math.round(lagMs)} ms`)
    if (busy > BUSY_PART) troubles.push(`it is ${Math.round(busy * 100)}% busy`)
    if (heapBytes > heapLimitBytes * HEAP_PART) troubles.push('its heap is nearly full')
    if (ringIn.usedBytes > ringIn.sizeBytes * RING_PART)
      troubles.push(`the ring from thread ${ringIn.peer} is filling`)
    if (troubles.length === 0) return []
    return [
      { check, level: 'warn', fact: troubles.join('; '), fix: 'see `top` for the actors that take the time' },
    ]
  })
  return findings.length > 0 ? findings : [ok('threads', `all ${threads.length} answer and keep up`)]
}

async function checkSuspended(admin: AdminNode): Promise<Finding[]> {
  const filter = { isSuspended: true } as const
  const choice = { filter, limit: SUSPENDED_SHOWN, timeoutMs: THREADS_MS }
  const { rows, next, silent } = await admin.node().inspector.list(choice)
  const where = silent.length === 0 ? '' : ' on the threads that answer'
  if (rows.length === 0) return [ok('suspended', `no actor is suspended${where}`)]
  const named = rows.map(({ type, name, ref }) => `${name ?? type} ${ref}`).join(', ')
  const fact = `operators have suspended ${named}${next === undefined ? '' : ', …'}: what is for them waits`
  return [{ check: 'suspended', level: 'warn', fact, fix: '`resume` each of them' }]
}
