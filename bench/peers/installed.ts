/** The version of a package, as it is installed; undefined when it is not. */
import { readFileSync } from 'node:fs'

export function installedVersion(name: string): string | undefined {
  try {
    const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
  } catch {
    return undefined
  }
}
