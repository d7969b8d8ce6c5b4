/**
 * Completion scripts for the three shells that people use: what `guildhall completion` prints. Pure text, made once; a
 * shell that completes runs nothing of ours.
 */

import type { CommandWords, OptionWords } from './words.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

export function completionScript(shell: Shell, commands: readonly CommandWords[]): string {
  return { bash, zsh, fish }[shell](commands)
}

function bash(commands: readonly CommandWords[]): string {
  const words = commands.map(
    ({ name, args, options }) =>
      `    ${name}) words="${[...args, ...options.map(({ flag }) => flag)].join(' ')}" ;;`,
  )
  const values = commands.flatMap(({ name, options }) =>
    options.filter(({ value }) => value !== 'none').map((option) => bashValue(name, option)),
  )
  return `# guildhall completion for bash: source it, or put it into /etc/bash_completion.d/guildhall
_guildhall() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W "${[...commands.map(({ name }) => name), '--help'].join(' ')}" -- "$cur"))
    return
  fi
  case "$command $prev" in
${values.join('\n')}
  esac
  case "$command" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _guildhall guildhall
`
}

function bashValue(command: string, { flag, value, choices }: OptionWords): string {
  const compgen =
    value === 'file'
      ? '-f'
      : value === 'folder'
        ? '-d'
        : choices.length > 0
          ? `-W "${choices.join(' ')}"`
          : undefined
  const reply = compgen === undefined ? 'COMPREPLY=()' : `COMPREPLY=($(compgen ${compgen} -- "$cur"))`
  return `    "${command} ${flag}") ${reply}; return ;;`
}

function zsh(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name, about }) => `    ${quoted(`${name}:${about.replaceAll(':', '\\:')}`)}`)
  const cases = commands.map(({ name, args, options }) => {
    const first = args.length > 0 ? quoted(`1:value:(${args.join(' ')})`) : quoted('*:value:')
    const specs = [first, ...options.map(zshOption)].map((spec) => `        ${spec}`)
    return `    ${name})\n      _arguments \\\n${specs.join(' \\\n')}\n      ;;`
  })
  return `#compdef guildhall
# guildhall completion for zsh: put it as _guildhall into a folder of $fpath
_guildhall() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_guildhall" ]; then _guildhall "$@"; else compdef _guildhall guildhall; fi
`
}

function zshOption({ flag, about, value, choices }: OptionWords): string {
  const what = about.replaceAll(/[[\]:]/g, '\\$&')
  const action =
    value === 'file'
      ? '_files'
      : value === 'folder'
        ? '_files -/'
        : choices.length > 0
          ? `(${choices.join(' ')})`
          : ''
  return quoted(`${flag}[${what}]${value === 'none' ? '' : `:value:${action}`}`)
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, about, args, options }) => {
    const here = `complete -c guildhall -n '__fish_seen_subcommand_from ${name}'`
    return [
      `complete -c guildhall -n __fish_use_subcommand -f -a ${name} -d ${quoted(about)}`,
      ...(args.length === 0 ? [`${here} -f`] : [`${here} -f -a ${quoted(args.join(' '))}`]),
      ...options.map((option) => `${here} ${fishOption(option)}`),
    ]
  })
  return `# guildhall completion for fish: put it into ~/.config/fish/completions/guildhall.fish
complete -c guildhall -f
${lines.join('\n')}
`
}

function fishOption({ flag, about, value, choices }: OptionWords): string {
  const files = value === 'file' || value === 'folder' ? ' -F' : ''
  const given = choices.length > 0 ? ` -f -a ${quoted(choices.join(' '))}` : files
  return `-l ${flag.replace(/^--/, '')}${value === 'none' ? '' : ` -r${given}`} -d ${quoted(about)}`
}

/** For all three shells: nothing is expanded within. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
