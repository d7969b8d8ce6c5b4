/**
 * loadDefinitions: the actor types that a thread can start for others, collected from the exports of modules.
 */

import { ActorDefinition, type AnyDefinition } from '../actor/definition.ts'
import { RuntimeError } from '../actor/errors.ts'

/** @throws RuntimeError `BAD_OPTION` when a module does not load, or two definitions have one name. */
export async function loadDefinitions(modules: readonly string[]): Promise<Map<string, AnyDefinition>> {
  const definitions = new Map<string, AnyDefinition>()
  for (const module of modules) {
    for (const exported of Object.values(await load(module))) {
      if (exported instanceof ActorDefinition) add(definitions, exported, module)
    }
  }
  return definitions
}

async function load(module: string): Promise<Record<string, unknown>> {
  try {
    return await import(module)
  } catch (cause) {
    throw new RuntimeError('BAD_OPTION', `Cannot load actor types: module ${module} does not load`, {
      context: { option: 'modules', value: module },
      cause,
    })
  }
}

function add(definitions: Map<string, AnyDefinition>, definition: AnyDefinition, module: string): void {
  const { name } = definition
  const known = definitions.get(name)
  // A definition may be exported twice, under two names or by two modules.
  if (known !== undefined && known !== definition) {
    throw new RuntimeError(
      'BAD_OPTION',
      `Cannot load actor types: a second one is called '${name}' (in ${module})`,
      {
        context: { option: 'modules', value: name },
      },
    )
  }
  definitions.set(name, definition)
}
