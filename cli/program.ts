/** The `guildhall` command: one file per command in `commands/`, put together here. */

import { Command, CommanderError } from 'commander'
import { EXIT, Failure } from './failure.ts'

/** Runs one command line, without node and script, and says how the process ends. */
export async function run(args: readonly string[]): Promise<number> {
  const root = await program(args[0])
  try {
    await root.parseAsync([...args], { from: 'user' })
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

/**
 * By what they are for, as help lists them. A command line loads the file of its own command only: stripping the
 * types of all of them would take longer than most answers of a node.
 */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, () => Promise<Command>>>>> = {
  'Run a node:': {
    start: async () => (await import('./commands/start.ts')).startCommand(),
    config: async () => (await import('./commands/config.ts')).configCommand(),
    token: async () => (await import('./commands/token.ts')).tokenCommand(),
    export: async () => (await import('./commands/export.ts')).exportCommand(),
    import: async () => (await import('./commands/import.ts')).importCommand(),
  },
  'Chat:': {
    chat: async () => (await import('./commands/chat.ts')).chatCommand(),
  },
  'Look into a running node:': {
    tree: async () => (await import('./commands/tree.ts')).treeCommand(),
    top: async () => (await import('./commands/top.ts')).topCommand(),
    ps: async () => (await import('./commands/ps.ts')).psCommand(),
    info: async () => (await import('./commands/info.ts')).infoCommand(),
    state: async () => (await import('./commands/state.ts')).stateCommand(),
    mailbox: async () => (await import('./commands/mailbox.ts')).mailboxCommand(),
    links: async () => (await import('./commands/links.ts')).linksCommand(),
    trace: async () => (await import('./commands/trace.ts')).traceCommand(),
    threads: async () => (await import('./commands/threads.ts')).threadsCommand(),
    restarts: async () => (await import('./commands/restarts.ts')).restartsCommand(),
    crashes: async () => (await import('./commands/crashes.ts')).crashesCommand(),
    deadletters: async () => (await import('./commands/deadletters.ts')).deadLettersCommand(),
    sessions: async () => (await import('./commands/sessions.ts')).sessionsCommand(),
    where: async () => (await import('./commands/where.ts')).whereCommand(),
    guild: async () => (await import('./commands/guild.ts')).guildCommand(),
    conversation: async () => (await import('./commands/conversation.ts')).conversationCommand(),
    why: async () => (await import('./commands/why.ts')).whyCommand(),
    doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
    watch: async () => (await import('./commands/watch.ts')).watchCommand(),
  },
  'Steer a running node:': {
    kill: async () => (await import('./commands/kill.ts')).killCommand(),
    suspend: async () => (await import('./commands/suspend.ts')).suspendCommand(),
    resume: async () => (await import('./commands/resume.ts')).resumeCommand(),
    kick: async () => (await import('./commands/kick.ts')).kickCommand(),
    drain: async () => (await import('./commands/drain.ts')).drainCommand(),
    'restart-thread': async () => (await import('./commands/restart-thread.ts')).restartThreadCommand(),
  },
  'Shell:': {
    completion: async () => (await import('./commands/completion.ts')).completionCommand(),
  },
}

/** Prints the words of every other command. */
const NEEDS_ALL = 'completion'

/** With the command called `only` alone, or with all of them when there is none of that name. */
async function program(only = ''): Promise<Command> {
  const root = new Command('guildhall')
    .description('Self-hosted real-time messaging.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong command line or settings,\n' +
        '3 no node to talk to, 4 not allowed, 5 no such thing, 6 doctor found a fault,\n' +
        '130 interrupted.',
    )
  const isKnown = Object.values(COMMANDS).some((commands) => Object.hasOwn(commands, only))
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    root.commandsGroup(heading)
    for (const [name, load] of Object.entries(commands)) {
      if (!isKnown || name === only || only === NEEDS_ALL) root.addCommand(await load())
    }
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
