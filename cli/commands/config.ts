/** `guildhall config`: what is in force, and where each value comes from. The secret is never shown. */

import { Command } from 'commander'
import { addSettings, examples } from '../options.ts'
import { isDevelopment } from '../settings/checks.ts'
import { DEFINITIONS, type Definition, SETTING_NAMES, type SettingName } from '../settings/definitions.ts'
import { devSecretFile } from '../settings/dev-secret.ts'
import { loadSettings } from '../settings/load.ts'
import type { Resolved } from '../settings/resolve.ts'

interface Row {
  readonly name: SettingName
  readonly value: unknown
  readonly from: string
}

export function configCommand(): Command {
  const command = new Command('config')
    .summary('print the settings in force')
    .description('print the settings in force and where each comes from; secrets stay hidden')
    .option('--json', 'print JSON')
    .action(({ json, ...flags }: { readonly json?: true }) => {
      const rows = configRows(loadSettings(flags))
      console.log(json ? asJson(rows) : asTable(rows))
    })
  addSettings(command, SETTING_NAMES)
  return examples(command, [
    'guildhall config',
    'GUILDHALL_PORT=5000 guildhall config --json',
    'guildhall config --config /etc/guildhall.json',
  ])
}

function configRows({ settings, origins }: Resolved): readonly Row[] {
  return SETTING_NAMES.map((name) => {
    const { secret }: Definition<unknown> = DEFINITIONS[name]
    if (name === 'jwtSecret' && isDevelopment(settings)) {
      return { name, value: '(hidden)', from: `development: ${devSecretFile(settings.data)}` }
    }
    const value = secret && settings[name] !== undefined ? '(hidden)' : settings[name]
    return { name, value, from: origins[name] }
  })
}

function asJson(rows: readonly Row[]): string {
  const entries = rows.map(({ name, value, from }) => [name, { value: value ?? null, from }])
  return JSON.stringify(Object.fromEntries(entries), null, 2)
}

function asTable(rows: readonly Row[]): string {
  const cells = rows.map(({ name, value, from }) => [name, cell(value), from] as const)
  const wide = Math.max(...cells.map(([name]) => name.length))
  const wider = Math.max(...cells.map(([, value]) => value.length))
  return cells
    .map(([name, value, from]) => `${name.padEnd(wide)}  ${value.padEnd(wider)}  ${from}`)
    .join('\n')
}

function cell(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '-'
  return Array.isArray(value) ? value.join(',') : String(value)
}
