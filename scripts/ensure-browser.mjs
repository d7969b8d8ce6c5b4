/**
 * ensureBrowser: Chromium, in which one test runs the SDK. As root on Debian it is installed; elsewhere that test is
 * skipped, and this says so: a browser is not asked of anyone who works on something else.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

export function ensureBrowser() {
  if (NAMES.some(has)) return
  if (process.getuid?.() === 0 && has('apt-get')) {
    console.log('Installing Chromium (apt-get install chromium) ...')
    run('apt-get', ['update', '-q'])
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'])
  }
  if (!NAMES.some(has)) console.log('No Chromium here: the test of the SDK in a browser is skipped.')
}

/** @param {string} command */
function has(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)))
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  spawnSync(command, args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'inherit' })
}
