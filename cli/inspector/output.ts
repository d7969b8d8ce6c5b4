/**
 * How an answer is put out: lines for people (print.ts), or JSON with a schema for programs.
 *
 * JSON is one document `{ schema, node, atMs, data }`; NDJSON one line per row, each with schema and node. A schema is
 * named and numbered, `guildhall.tree/1`: fields may be added under a number, never changed or taken away. The text has
 * no character that steers a terminal either; JSON's own escapes stand for them.
 */

import type { AdminClient, Hello } from '../../gateway/admin/index.ts'
import type { Paper } from './text/line.ts'

const SCHEMA_VERSION = 1

/** What a view may use besides the answer. */
export interface Page {
  readonly width: number
  readonly node: Hello
  /** By the clock of the node. */
  readonly nowMs: number
}

export type Format = 'text' | 'json' | 'ndjson'

/** All columns of a terminal; off it as wide as it gets, since nobody knows who reads. */
export function paperOf(output: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Paper {
  const isTerminal = output.isTTY === true
  const wanted = Number(env.COLUMNS)
  const unlimited = Number.isInteger(wanted) && wanted > 0 ? wanted : Number.POSITIVE_INFINITY
  return { width: isTerminal ? output.columns || 80 : unlimited, colours: isTerminal && wantsColours(env) }
}

/** https://no-color.org: set to anything but nothing. */
function wantsColours({ NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}

export function document(name: string, { node, nowMs }: Omit<Page, 'width'>, data: unknown): string {
  const answer = { schema: `guildhall.${name}/${SCHEMA_VERSION}`, node: node.node, atMs: nowMs, data }
  return `${harmless(JSON.stringify(answer))}\n`
}

export function row(name: string, node: Hello, data: object): string {
  return `${harmless(JSON.stringify({ schema: `guildhall.${name}/${SCHEMA_VERSION}`, node: node.node, ...data }))}\n`
}

/** What JSON leaves as it is and a terminal does not: C1 controls, separators, marks of direction. */
function harmless(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export function pageOf(node: AdminClient, attachedAtMs: number): Page {
  const nowMs = node.hello.nowMs + (performance.now() - attachedAtMs)
  return { width: paperOf(process.stdout).width, node: node.hello, nowMs }
}
