/**
 * Tells whether node_modules holds what package-lock.json asks for.
 *
 * Compares contents and not file times: a checkout or a stash rewrites times without changing a version, and
 * a needless `npm ci` would pull node_modules away under whatever else runs in this folder.
 *
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lockfile
 */

/**
 * True when every package of the lock file is installed in the same version, and nothing else is.
 * Optional packages may be absent, because those of other platforms always are.
 *
 * @param {Lockfile} lock package-lock.json
 * @param {Lockfile} installed node_modules/.package-lock.json: npm writes it last, so a broken install has none
 */
export function isInstalled(lock, installed) {
  const ROOT = ''
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === ROOT) continue
    const found = installed.packages[path]
    if (found === undefined && (wanted.optional || wanted.devOptional)) continue
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return false
  }
  return Object.keys(installed.packages).every((path) => path in lock.packages)
}
