/** `guildhall chat`: a 1:1 chat in a terminal, or from a pipe. */

import { randomBytes } from 'node:crypto'
import { Command, InvalidArgumentError, Option } from 'commander'
import { chat } from '../chat/chat.ts'
import { Screen } from '../chat/screen.ts'
import { addSettings, examples, TOKEN_SETTINGS } from '../options.ts'
import type { Settings } from '../settings/definitions.ts'
import { loadSettings } from '../settings/load.ts'
import { stopSignal } from '../shutdown.ts'
import { makeToken } from '../token.ts'
import { tenantOption, userOption } from '../user-options.ts'

const TOKEN_TTL_SECONDS = 3_600

interface Options {
  readonly user: string
  readonly to: string
  readonly url?: string
  readonly tenant?: string
}

export function chatCommand(): Command {
  const command = new Command('chat')
    .summary('chat with another user')
    .description(
      'chat with another user; Ctrl-D ends it, and so does the end of a pipe once all lines are sent',
    )
    .addOption(userOption('--user <id>', 'who you are'))
    .addOption(userOption('--to <id>', 'who you talk to'))
    .addOption(tenantOption())
    .addOption(
      new Option('--url <address>', 'node to connect to; by default the one of these settings')
        .env('GUILDHALL_URL')
        .argParser(address),
    )
    .action(async ({ user, to, url, tenant, ...flags }: Options) => {
      const { settings } = loadSettings(flags)
      const token = () => makeToken(settings, { user, ttlSeconds: TOKEN_TTL_SECONDS, tenant })
      // Signs once, so that a missing secret is told before anything is connected.
      await token()
      const stopped = stopSignal()
      const screen = new Screen()
      if (screen.isTerminal) screen.note(`you are ${user}, talking to ${to}; Ctrl-D ends`)
      // A device of its own: another chat of the same user goes on beside this one.
      const device = `cli-${randomBytes(6).toString('hex')}`
      await chat({ url: url ?? ownUrl(settings), to, device, token, screen, stopped })
    })
  addSettings(command, TOKEN_SETTINGS)
  return examples(command, [
    'guildhall chat --user alice --to bob',
    'guildhall chat --user bob --to alice --url wss://chat.example.org',
    'echo "the build is done" | guildhall chat --user ci --to alice',
  ])
}

/** The node that these settings start, seen from this machine. */
function ownUrl({ host, port, tlsCert }: Settings): string {
  const own = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `${tlsCert === undefined ? 'ws' : 'wss'}://${own.includes(':') ? `[${own}]` : own}:${port}`
}

function address(raw: string): string {
  if (['ws:', 'wss:', 'http:', 'https:'].includes(URL.parse(raw)?.protocol ?? '')) return raw
  throw new InvalidArgumentError('Give an address such as ws://127.0.0.1:4000.')
}
