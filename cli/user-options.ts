/** Options that name a user. On their own, since few commands need the protocol's checks, and loading those takes 15 ms. */

import { InvalidArgumentError, Option } from 'commander'
import { isUserId } from '../protocol/light.ts'

export function userOption(flags: string, about: string): Option {
  return new Option(flags, about).argParser(userId).makeOptionMandatory()
}

export function tenantOption(): Option {
  return new Option('--tenant <name>', 'tenant of the user').argParser(userId)
}

function userId(raw: string): string {
  if (isUserId(raw)) return raw
  throw new InvalidArgumentError('Give 1 to 128 bytes of text without control characters.')
}
