/** Options and checks that several commands share. */

import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from './duration.ts'
import { DEFINITIONS, type Definition, flagOf, type SettingName, variableOf } from './settings/definitions.ts'

/** What a command needs to find the secret and the store. */
export const STORE_SETTINGS = ['data', 'mapSizeMb'] as const satisfies readonly SettingName[]
export const TOKEN_SETTINGS = [
  'data',
  'jwtSecret',
  'jwtAudience',
  'jwtIssuer',
] as const satisfies readonly SettingName[]

/** Values stay as they are written: `resolve` reads and checks those of every source alike. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { arg, about }: Definition<unknown> = DEFINITIONS[name]
    command.option(`${flagOf(name)} <${arg}>`, `${about} (${variableOf(name)})`)
  }
  return command.option(
    '--config <file>',
    'JSON file with settings, ./guildhall.json if it is there (GUILDHALL_CONFIG)',
  )
}

export function ttlOption(): Option {
  return new Option('--ttl <time>', 'how long the token holds: 30s, 15m, 1h, 7d')
    .argParser(ttl)
    .default(3_600, '1h')
}

export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`)
}

/** For `argParser`: a whole number within bounds. */
export function whole(min: number, max: number): (raw: string) => number {
  return (raw) => {
    const value = /^[0-9]{1,16}$/.test(raw) ? Number(raw) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`)
  }
}

/** An argument that is a whole number within bounds. */
export function wholeArgument(name: string, about: string, min: number, max: number): Argument {
  return new Argument(name, about).argParser(whole(min, max))
}

/** For `argParser`: a time such as 500ms, 2s or 15m, in milliseconds and within bounds of them. */
export function durationMs(min: number, max: number): (raw: string) => number {
  return (raw) => {
    const [, ms] = /^([0-9]{1,9})ms$/.exec(raw) ?? []
    const value = ms === undefined ? (parseDuration(raw) ?? Number.NaN) * 1_000 : Number(ms)
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(
      `Give a time from ${min} to ${max} ms with its unit, such as 500ms, 2s, 15m.`,
    )
  }
}

function ttl(raw: string): number {
  const seconds = parseDuration(raw)
  if (seconds !== undefined) return seconds
  throw new InvalidArgumentError(
    'Give a whole number and a unit, from 1s to 3650d, such as 30s, 15m, 1h, 7d.',
  )
}
