/** What the tests have the dirty pool do. */

export function double(n: number): number {
  return n * 2
}

export function fail(): never {
  throw Object.assign(new RangeError('failed as asked'), { code: 'E_ASKED' })
}

export function exit(): never {
  process.exit(1)
}

export function loop(): never {
  for (;;);
}
