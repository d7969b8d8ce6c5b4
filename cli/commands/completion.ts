/** `guildhall completion`: prints the script with which a shell completes commands and options. */

import { Argument, Command } from 'commander'
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts'
import { wordsOf } from '../completion/words.ts'
import { examples } from '../options.ts'

export function completionCommand(): Command {
  const command = new Command('completion')
    .summary('completion script for your shell')
    .description('print a script with which your shell completes commands and options')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => {
      console.log(completionScript(shell, wordsOf(command.parent ?? command)).trimEnd())
    })
  return examples(command, [
    'source <(guildhall completion bash)',
    'guildhall completion zsh > ~/.zsh/completions/_guildhall',
    'guildhall completion fish > ~/.config/fish/completions/guildhall.fish',
  ])
}
