/** Scrape: what /metrics says at one moment, as text and by series. */

import assert from 'node:assert/strict'
import type { LocalServer } from '../chat/local-server.ts'

export interface Scrape {
  readonly text: string
  /** Names of samples, such as `x_bucket`. */
  readonly names: ReadonlySet<string>
  /** Label names and their values. */
  readonly labels: readonly (readonly [name: string, value: string])[]
  /** The value of one series, such as `x{a="b"}`. @throws AssertionError when there is none. */
  value(series: string): number
  has(series: string): boolean
}

export async function scrape({ server }: LocalServer): Promise<Scrape> {
  const answer = await fetch(`${server.url}/metrics`)
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const values = new Map(
    samples.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))] as const
    }),
  )
  return {
    text,
    names: new Set(samples.map((line) => /^\w+/.exec(line)?.[0] ?? line)),
    labels: samples.flatMap((line) =>
      [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value] as const),
    ),
    has: (series) => values.has(series),
    value(series) {
      const value = values.get(series)
      assert.ok(value !== undefined, `/metrics has no ${series}`)
      return value
    },
  }
}
