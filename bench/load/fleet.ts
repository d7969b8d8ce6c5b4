/** Fleet: several processes of the load generator that get the same orders. */
import { Program } from './program.ts'

/** A small young generation: a generator keeps next to nothing, and its memory is that of the box. */
const GENERATOR_FLAGS = ['--max-semi-space-size=2', '--expose-gc'] as const

export class Fleet {
  readonly programs: readonly Program[]

  /** `program` as for `Program`; `argsOf` gives the arguments of each process. */
  constructor(program: string, count: number, argsOf: (number: number) => readonly string[]) {
    this.programs = Array.from(
      { length: count },
      (_, number) => new Program(program, argsOf(number), GENERATOR_FLAGS),
    )
  }

  tell(order: object): void {
    for (const program of this.programs) program.tell(order)
  }

  /** From each process the next line that has the field. */
  next<T extends object>(field: keyof T & string, timeoutMs: number): Promise<T[]> {
    return Promise.all(this.programs.map((program) => program.next<T>(field, timeoutMs)))
  }

  /** Tells all, and waits for the answer of each. */
  ask<T extends object>(order: object, field: keyof T & string, timeoutMs: number): Promise<T[]> {
    const answers = this.next<T>(field, timeoutMs)
    this.tell(order)
    return answers
  }

  async end(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.end()))
  }
}

/** Shares as even as can be: 10 in 3 is 4, 3, 3. */
export function shares(total: number, parts: number): { readonly first: number; readonly count: number }[] {
  return Array.from({ length: parts }, (_, part) => {
    const first = Math.ceil((total * part) / parts)
    return { first, count: Math.ceil((total * (part + 1)) / parts) - first }
  })
}
