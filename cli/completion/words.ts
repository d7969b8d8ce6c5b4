/** What can be completed, read from the commands themselves, so that no list has to be kept beside them. */

import type { Command, Option } from 'commander'

export interface CommandWords {
  readonly name: string
  readonly about: string
  /** Values of the first argument, when they are few and known. */
  readonly args: readonly string[]
  readonly options: readonly OptionWords[]
}

export interface OptionWords {
  /** `--port` */
  readonly flag: string
  readonly about: string
  readonly value: 'none' | 'file' | 'folder' | 'other'
  readonly choices: readonly string[]
}

export function wordsOf(root: Command): CommandWords[] {
  return root.commands.map((command) => ({
    name: command.name(),
    about: command.summary(),
    args: command.registeredArguments[0]?.argChoices ?? [],
    options: [...command.options.map(optionWords), HELP],
  }))
}

const HELP: OptionWords = { flag: '--help', about: 'display help for command', value: 'none', choices: [] }

function optionWords(option: Option): OptionWords {
  const { long, short, description, argChoices = [] } = option
  return { flag: long ?? short ?? '', about: description, value: valueKind(option), choices: argChoices }
}

/** By the name that help gives to the value: `--config <file>`, `--data <folder>`. */
function valueKind({ required, optional, flags }: Option): OptionWords['value'] {
  if (!required && !optional) return 'none'
  if (/[<[](file|path)[>\]]$/.test(flags)) return 'file'
  return /[<[]folder[>\]]$/.test(flags) ? 'folder' : 'other'
}
