/**
 * Puts the settings together: a flag wins over the environment, which wins over the file, which wins over the
 * default. Pure. Every problem is found, not only the first, and each says its fix.
 */

import {
  DEFINITIONS,
  type Definition,
  flagOf,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  variableOf,
} from './definitions.ts'
import { shown } from './value.ts'

export interface Sources {
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** The parsed JSON of the file, when there is one. */
  readonly file?: { readonly path: string; readonly content: unknown } | undefined
}

export interface Resolved {
  readonly settings: Settings
  /** Where each value comes from: `--port`, `GUILDHALL_PORT`, the file's path, or `default`. */
  readonly origins: Readonly<Record<SettingName, string>>
  readonly problems: readonly string[]
}

export function resolveSettings(sources: Sources): Resolved {
  const values: Record<string, unknown> = {}
  const origins: Record<string, string> = {}
  const { content, problems } = fileContent(sources.file)
  for (const name of SETTING_NAMES) {
    const definition: Definition<unknown> = DEFINITIONS[name]
    const given = find(name, sources, content)
    origins[name] = given?.origin ?? 'default'
    values[name] = definition.fallback
    if (given === undefined) continue
    const read = definition.read(given.raw)
    if (read.ok) values[name] = read.value
    else problems.push(`${given.label}: ${read.problem}${hint(given.label, given.raw)}`)
  }
  return { settings: values as Settings, origins: origins as Resolved['origins'], problems }
}

interface Given {
  readonly raw: unknown
  readonly origin: string
  readonly label: string
}

function find(
  name: SettingName,
  { flags, env, file }: Sources,
  content: Record<string, unknown>,
): Given | undefined {
  if (flags[name] !== undefined) return { raw: flags[name], origin: flagOf(name), label: flagOf(name) }
  const variable = variableOf(name)
  // Empty counts as not set: that is what `GUILDHALL_X= guildhall` and most container files mean by it.
  if (env[variable]) return { raw: env[variable], origin: variable, label: variable }
  if (file === undefined || !Object.hasOwn(content, name)) return undefined
  return { raw: content[name], origin: file.path, label: `${file.path}, "${name}"` }
}

function fileContent(file: Sources['file']): { content: Record<string, unknown>; problems: string[] } {
  if (file === undefined) return { content: {}, problems: [] }
  const { path, content } = file
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return { content: {}, problems: [`${path}: it holds no JSON object. Write one such as { "port": 4000 }`] }
  }
  const unknown = Object.keys(content).filter((key) => !Object.hasOwn(DEFINITIONS, key))
  const problems = unknown.map(
    (key) => `${path}: ${shown(key)} is no setting. Remove it, or take one of ${SETTING_NAMES.join(', ')}`,
  )
  return { content: content as Record<string, unknown>, problems }
}

/** Kubernetes gives every container a GUILDHALL_PORT of its own making when a service is called guildhall. */
function hint(label: string, raw: unknown): string {
  const fromKubernetes = label === variableOf('port') && typeof raw === 'string' && raw.startsWith('tcp://')
  return fromKubernetes ? '. Kubernetes has set this one: put `enableServiceLinks: false` into the pod' : ''
}
