/** `guildhall export`: everything in the store as NDJSON, to a file or stdout. */

import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import type { Store } from '../../storage/index.ts'
import { withEnd } from '../export-end.ts'
import { Failure } from '../failure.ts'
import { toLines } from '../ndjson.ts'
import { addSettings, examples, STORE_SETTINGS } from '../options.ts'
import { loadSettings } from '../settings/load.ts'
import { withStore } from '../store.ts'

export function exportCommand(): Command {
  const command = new Command('export')
    .summary('write everything in the store as NDJSON')
    .description('write everything in the store as NDJSON; the node must not be running')
    .argument('[file]', 'file to write; - is stdout', '-')
    .action(async (file: string, flags: Readonly<Record<string, unknown>>) => {
      const { settings } = loadSettings(flags)
      await requireFolder(settings.data)
      const rows = await withStore(settings, (store) =>
        file === '-' ? writeRows(store, process.stdout) : writeFileWhole(store, file),
      )
      console.error(`Exported ${rows} rows of ${settings.data}${file === '-' ? '' : ` to ${file}`}`)
    })
  addSettings(command, STORE_SETTINGS)
  return examples(command, [
    'guildhall export backup.ndjson',
    'guildhall export --data /var/lib/guildhall - | gzip > backup.ndjson.gz',
  ])
}

/** Opening a store makes its folder: a mistyped one should not become an empty export. */
async function requireFolder(data: string): Promise<void> {
  const found = await stat(data).catch(() => undefined)
  if (!found?.isDirectory()) {
    throw new Failure(`Cannot export ${data}: there is no such folder. Give the node's folder with --data`)
  }
}

/** Only a whole export takes the place of what is there. It holds what people wrote: for its owner only. */
async function writeFileWhole(store: Store, file: string): Promise<number> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.partial`
  try {
    const rows = await writeRows(store, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }))
    await rename(draft, file)
    return rows
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

async function writeRows(store: Store, out: Writable): Promise<number> {
  let rows = 0
  async function* counted() {
    for await (const row of store.dump()) {
      rows += 1
      yield row
    }
  }
  await pipeline(Readable.from(toLines(withEnd(counted()))), out, { end: out !== process.stdout })
  return rows
}
