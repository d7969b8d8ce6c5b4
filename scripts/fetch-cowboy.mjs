/**
 * Fetches cowboy for the bench: `node scripts/fetch-cowboy.mjs`. Debian only; needs no root and installs nothing.
 *
 * Debian's rabbitmq-server package carries cowboy, cowlib and ranch. It is downloaded and unpacked into a cache folder, with the
 * Erlang applications that cowboy needs; RabbitMQ itself is neither installed nor started. Prints the folder.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

const PACKAGES = ['rabbitmq-server', 'erlang-crypto', 'erlang-ssl', 'erlang-public-key', 'erlang-asn1']

const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'guildhall-bench')
const folder = path.join(cache, 'cowboy')

mkdirSync(cache, { recursive: true })
const work = mkdtempSync(path.join(cache, 'fetch-'))
try {
  execFileSync('apt-get', ['download', ...PACKAGES], { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] })
  const unpacked = path.join(work, 'unpacked')
  for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg', ['-x', path.join(work, file), unpacked])
  }
  // In one step, so that an interrupted download leaves no half of it.
  rmSync(folder, { recursive: true, force: true })
  renameSync(unpacked, folder)
  console.log(folder)
} finally {
  rmSync(work, { recursive: true, force: true })
}
