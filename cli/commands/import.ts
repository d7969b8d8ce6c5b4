/** `guildhall import`: fills an empty store from NDJSON. */

import { open } from 'node:fs/promises'
import { Command } from 'commander'
import type { ExportRow } from '../../storage/index.ts'
import { untilEnd } from '../export-end.ts'
import { fromLines } from '../ndjson.ts'
import { addSettings, examples, STORE_SETTINGS } from '../options.ts'
import { loadSettings } from '../settings/load.ts'
import { withStore } from '../store.ts'

export function importCommand(): Command {
  const command = new Command('import')
    .summary('fill an empty store from an export')
    .description('fill an empty store from an export; the node must not be running')
    .argument('<file>', 'file to read; - is stdin')
    .action(async (file: string, flags: Readonly<Record<string, unknown>>) => {
      const { settings } = loadSettings(flags)
      // Before the store, so that a wrong name leaves no empty store behind.
      const input = file === '-' ? process.stdin : (await open(file)).createReadStream()
      const { rows } = await withStore(settings, (store) => {
        // The store checks each row as it comes.
        const name = file === '-' ? 'stdin' : file
        return store.load(untilEnd(fromLines(input, name), name) as AsyncIterable<ExportRow>)
      })
      console.error(`Imported ${rows} rows into ${settings.data}`)
    })
  addSettings(command, STORE_SETTINGS)
  return examples(command, [
    'guildhall import backup.ndjson --data ./new-data',
    'gunzip < backup.ndjson.gz | guildhall import --data ./new-data -',
  ])
}
