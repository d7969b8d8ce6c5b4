/** The `guildhall` command: one file per command in `commands/`, put together here. */

import { Command, CommanderError } from 'commander'
import { chatCommand } from './commands/chat.ts'
import { configCommand } from './commands/config.ts'
import { exportCommand } from './commands/export.ts'
import { importCommand } from './commands/import.ts'
import { startCommand } from './commands/start.ts'
import { tokenCommand } from './commands/token.ts'
import { EXIT, Failure } from './failure.ts'

/** Runs one command line, without node and script, and says how the process ends. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...args], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    // Commander has printed its own: help and version end well, anything else is a wrong command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (error instanceof Failure) {
      console.error(error.message)
      return error.exitCode
    }
    if (!isExpected(error)) throw error
    console.error(error.message)
    return EXIT.failure
  }
}

function program(): Command {
  const root = new Command('guildhall')
    .description('Self-hosted real-time messaging.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong command line or settings, 130 interrupted.',
    )
  const commands = [
    startCommand(),
    configCommand(),
    tokenCommand(),
    chatCommand(),
    exportCommand(),
    importCommand(),
  ]
  for (const command of commands) root.addCommand(command)
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      .showHelpAfterError(`Run \`guildhall ${command === root ? '' : `${command.name()} `}--help\` for help.`)
  }
  return root
}

/** Coded errors are facts about the world, such as a full disk or a missing file; anything else is a bug and throws. */
function isExpected(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
