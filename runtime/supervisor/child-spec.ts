/**
 * Child specs: what a supervisor starts, restarts and stops, as data. They are checked by `supervisor` and by
 * `startChild`, before anything starts.
 */

import type { ActorDefinition, AnyDefinition } from '../actor/definition.ts'
import type { Placement } from '../actor/messages.ts'

/** When a child that has ended is started again: always, after an abnormal end, or never. */
export type Restart = 'permanent' | 'transient' | 'temporary'

/**
 * Waiting before a restart. The bound of the wait begins at `minMs`, is multiplied by `factor` at every
 * restart in a row, and ends at `maxMs`; with jitter the wait is anywhere from `minMs` to the bound. A child
 * that has run for `maxMs` begins anew. Source of the jitter: Marc Brooker, "Exponential Backoff and Jitter"
 * (2015).
 */
export interface Backoff {
  /** At least 1. */
  readonly minMs: number
  readonly maxMs: number
  /** At least 1. Default: 2. */
  readonly factor?: number
  /** Default: true. */
  readonly jitter?: boolean
}

/** How children of a dynamic supervisor, which have no id and no name, are kept. */
export interface TemplateOptions {
  /** Default: `'permanent'`. */
  readonly restart?: Restart
  /**
   * Time to stop before the kill; 0 kills at once, `Infinity` waits. Default: 5,000, for supervisors
   * `Infinity`.
   */
  readonly shutdownMs?: number
  /** Its end may end the supervisor: see `autoShutdown`. Default: false. */
  readonly significant?: boolean
  /** Default: none, a restart follows at once. */
  readonly backoff?: Backoff
  /** Default: `'here'`, on the supervisor's thread. */
  readonly placement?: Placement
}

export interface ChildOptions extends TemplateOptions {
  /** Registers the child before its `init`. */
  readonly name?: string
}

/** The children of a dynamic supervisor: everything but the argument. Made by `childTemplate`. */
export interface ChildTemplate<Msg = never, Arg = never> {
  readonly definition: ActorDefinition<unknown, Msg, Arg>
  readonly restart: Restart
  readonly shutdownMs: number
  readonly significant: boolean
  readonly backoff: Backoff | undefined
  readonly placement: Placement
}

/** One child of a supervisor. Made by `child`. */
export interface ChildSpec<Msg = never> extends ChildTemplate<Msg> {
  /** Unique among the children of the supervisor. */
  readonly id: string
  readonly arg: unknown
  readonly name: string | undefined
}

/** The options of `child`: the argument may be left out only where the definition needs none. */
type OptionsFor<Arg> = undefined extends Arg
  ? [options?: ChildOptions & { readonly arg?: Arg }]
  : [options: ChildOptions & { readonly arg: Arg }]

/** A child of a supervisor. `options.arg` is what its `init` gets, at every start. */
export function child<State, Msg, Arg>(
  id: string,
  definition: ActorDefinition<State, Msg, Arg>,
  ...[options]: OptionsFor<Arg>
): ChildSpec<Msg> {
  return {
    ...childTemplate(definition, options),
    id,
    arg: options?.arg,
    name: options?.name,
  } as ChildSpec<Msg>
}

/** What all children of a dynamic supervisor have in common. */
export function childTemplate<State, Msg, Arg>(
  definition: ActorDefinition<State, Msg, Arg>,
  options: TemplateOptions = {},
): ChildTemplate<Msg, Arg> {
  return {
    definition: definition as ActorDefinition<unknown, Msg, Arg>,
    restart: options.restart ?? 'permanent',
    shutdownMs: options.shutdownMs ?? shutdownMsDefault(definition),
    significant: options.significant ?? false,
    backoff: options.backoff,
    placement: options.placement ?? 'here',
  }
}

const SHUTDOWN_MS_DEFAULT = 5_000

function shutdownMsDefault(definition: AnyDefinition | undefined): number {
  return definition?.kind === 'supervisor' ? Infinity : SHUTDOWN_MS_DEFAULT
}
