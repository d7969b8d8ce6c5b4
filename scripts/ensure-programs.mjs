/**
 * ensurePrograms: programs that tests run and npm does not have. As root on Debian they are installed; elsewhere the
 * user is told what to install.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Where a program goes that is taken out of its package: it is in everyone's PATH, and no package owns it. */
const ALONE_FOLDER = '/usr/local/bin'

/**
 * @typedef {object} Program
 * @property {string} command
 * @property {string} package Debian's
 * @property {string} why for whoever is asked to install it
 * @property {boolean} [optional] what needs it does without
 * @property {boolean} [alone] only this file of the package is wanted: it is copied out, nothing is set up or started
 */

/**
 * Returns what is missing and how to get it, or undefined when everything is there.
 *
 * @param {readonly Program[]} programs
 */
export function ensurePrograms(programs) {
  const missing = programs.filter(({ command }) => !has(command))
  if (missing.length > 0 && process.getuid?.() === 0 && has('apt-get')) install(missing)
  const lacking = programs.filter(({ command, optional }) => !optional && !has(command))
  if (lacking.length === 0) return undefined
  return lacking.map(hint).join('\n')
}

/** @param {readonly Program[]} programs */
function install(programs) {
  console.log(`Installing ${programs.map(({ command }) => command).join(', ')} (apt-get) ...`)
  run('apt-get', ['update', '-q'])
  for (const program of programs) {
    if (program.alone) installAlone(program)
    else run('apt-get', ['install', '-y', '-q', '--no-install-recommends', program.package])
  }
}

/** @param {Program} program */
function installAlone(program) {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-install-'))
  try {
    // Without its sandbox, whose user may not write into our folder.
    run('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', program.package], folder)
    const file = readdirSync(folder).find((name) => name.endsWith('.deb'))
    if (file === undefined || !run('dpkg', ['-x', file, 'files'], folder)) return
    const extracted = join(folder, 'files/usr/bin', program.command)
    if (existsSync(extracted)) copyFileSync(extracted, join(ALONE_FOLDER, program.command))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param {Program} program */
function hint({ command, package: name, why }) {
  return `Cannot find \`${command}\`: ${why}. Install it: \`apt-get install ${name}\` as root on Debian, or what your system has for it`
}

/** @param {string} command */
function has(command) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.some((folder) => existsSync(join(folder, command)))
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 */
function run(command, args, cwd) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = /** @type {const} */ ({ env, stdio: 'inherit' })
  return spawnSync(command, args, cwd === undefined ? options : { ...options, cwd }).status === 0
}
