/** `guildhall doctor`: looks for what is wrong with a node and its machine, and says how to put it right. */

import { Command } from 'commander'
import { EXIT, Failure } from '../failure.ts'
import { type ReadFlags, read, reading } from '../inspector/reading.ts'
import { doctorView } from '../inspector/views/doctor.ts'

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .summary('what is wrong here, and how to mend it')
    .description(
      'check limits, kernel, disk, store, clock, secrets, each with its fix; ends with 6 when there is a fault',
    )
    .action(async (flags: ReadFlags) => {
      const { findings } = await read(flags, {
        name: 'doctor',
        ask: (node) => node.request('doctor', {}),
        view: ({ findings: found }, page) => doctorView(found, page),
        rows: ({ findings: found }) => found,
      })
      const faults = findings.filter(({ level }) => level === 'fail').map(({ check }) => check)
      if (faults.length > 0)
        throw new Failure(`Cannot call this node healthy: ${faults.join(', ')}`, EXIT.fault)
    })
  return reading(command, [
    'guildhall doctor',
    'guildhall doctor --ndjson | jq -r "select(.level != \\"ok\\") | .fix"',
  ])
}
