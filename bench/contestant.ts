/**
 * Contestants of a comparison, and the rounds they run in.
 *
 * Everyone runs once per round, one after the other, and round follows round: a machine that gets slower or
 * faster in the meantime does so for all. The figure of a contestant is the median over its rounds.
 */
import type { Figures, Showing, Spread } from './result.ts'

export interface RoundOptions {
  readonly quick: boolean
}

/** What a contestant measured in one round, or the reason why it cannot take part. */
export type Outcome =
  | {
      readonly figures: Figures
      /** Other ways to run it, by name: shown in the parameters of the result, compared with nothing. */
      readonly variants?: Readonly<Record<string, Figures>>
      readonly version?: string
    }
  | { readonly absent: string }

export interface Contestant {
  readonly name: string
  run(options: RoundOptions): Promise<Outcome>
}

/** What is left of all rounds of one contestant. */
export interface Standing {
  readonly name: string
  readonly showing: Showing
  readonly variants: Readonly<Record<string, Figures>>
  readonly version?: string
}

/**
 * Runs the rounds. `onTurn` hears who is about to run.
 * A contestant that is absent once is not asked again: what it lacks does not appear in between.
 */
export async function runRounds(
  contestants: readonly Contestant[],
  rounds: number,
  options: RoundOptions,
  onTurn: (contestant: string, round: number) => void,
): Promise<Standing[]> {
  const outcomes = new Map<string, Outcome[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      const earlier = outcomes.get(contestant.name) ?? []
      if (earlier.some((outcome) => 'absent' in outcome)) continue
      onTurn(contestant.name, round)
      earlier.push(await contestant.run(options))
    }
  }
  return [...outcomes].map(([name, list]) => standing(name, list))
}

function standing(name: string, outcomes: readonly Outcome[]): Standing {
  const present: Exclude<Outcome, { readonly absent: string }>[] = []
  for (const outcome of outcomes) {
    if ('absent' in outcome) return { name, showing: { absent: outcome.absent }, variants: {} }
    present.push(outcome)
  }
  const version = present.at(-1)?.version
  const variantNames = new Set(present.flatMap(({ variants = {} }) => Object.keys(variants)))
  return {
    name,
    showing: { spreads: spreads(present.map(({ figures }) => figures)) },
    variants: Object.fromEntries(
      [...variantNames].map((variant) => [
        variant,
        medians(present.map(({ variants }) => variants?.[variant] ?? {})),
      ]),
    ),
    ...(version !== undefined && { version }),
  }
}

function medians(rounds: readonly Figures[]): Figures {
  return Object.fromEntries(Object.entries(spreads(rounds)).map(([name, { median }]) => [name, median]))
}

function spreads(rounds: readonly Figures[]): Record<string, Spread> {
  const names = new Set(rounds.flatMap((figures) => Object.keys(figures)))
  const all: Record<string, Spread> = {}
  for (const name of names) all[name] = spread(rounds.flatMap((figures) => figures[name] ?? []))
  return all
}

/** The median of an even count is the mean of the two in the middle. */
function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): number => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  }
}
