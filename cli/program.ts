/** The `guildhall` command: one file per command in `commands/`, put together here. */

import { Command, CommanderError } from 'commander'
import { chatCommand } from './commands/chat.ts'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { conversationCommand } from './commands/conversation.ts'
import { crashesCommand } from './commands/crashes.ts'
import { deadLettersCommand } from './commands/deadletters.ts'
import { doctorCommand } from './commands/doctor.ts'
import { drainCommand } from './commands/drain.ts'
import { exportCommand } from './commands/export.ts'
import { guildCommand } from './commands/guild.ts'
import { importCommand } from './commands/import.ts'
import { infoCommand } from './commands/info.ts'
import { kickCommand } from './commands/kick.ts'
import { killCommand } from './commands/kill.ts'
import { linksCommand } from './commands/links.ts'
import { mailboxCommand } from './commands/mailbox.ts'
import { psCommand } from './commands/ps.ts'
import { restartThreadCommand } from './commands/restart-thread.ts'
import { restartsCommand } from './commands/restarts.ts'
import { resumeCommand } from './commands/resume.ts'
import { sessionsCommand } from './commands/sessions.ts'
import { startCommand } from './commands/start.ts'
import { stateCommand } from './commands/state.ts'
import { suspendCommand } from './commands/suspend.ts'
import { threadsCommand } from './commands/threads.ts'
import { tokenCommand } from './commands/token.ts'
import { topCommand } from './commands/top.ts'
import { traceCommand } from './commands/trace.ts'
import { treeCommand } from './commands/tree.ts'
import { watchCommand } from './commands/watch.ts'
import { whereCommand } from './commands/where.ts'
import { whyCommand } from './commands/why.ts'
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

/** By what they are for, as help lists them. */
const COMMANDS: Readonly<Record<string, readonly (() => Command)[]>> = {
  'Run a node:': [startCommand, configCommand, tokenCommand, exportCommand, importCommand],
  'Chat:': [chatCommand],
  'Look into a running node:': [
    treeCommand,
    topCommand,
    psCommand,
    infoCommand,
    stateCommand,
    mailboxCommand,
    linksCommand,
    traceCommand,
    threadsCommand,
    restartsCommand,
    crashesCommand,
    deadLettersCommand,
    sessionsCommand,
    whereCommand,
    guildCommand,
    conversationCommand,
    whyCommand,
    doctorCommand,
    watchCommand,
  ],
  'Steer a running node:': [
    killCommand,
    suspendCommand,
    resumeCommand,
    kickCommand,
    drainCommand,
    restartThreadCommand,
  ],
  'Shell:': [completionCommand],
}

function program(): Command {
  const root = new Command('guildhall')
    .description('Self-hosted real-time messaging.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong command line or settings,\n' +
        '3 no node to talk to, 4 not allowed, 5 no such thing, 6 doctor found a fault,\n' +
        '130 interrupted.',
    )
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    root.commandsGroup(heading)
    for (const command of commands) root.addCommand(command())
  }
  root.helpCommand('help [command]', 'explain a command')
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
