/** The log of a node: lines of JSON, or short lines on a terminal. What may identify or quote somebody is removed. */

import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import { visible } from './chat/visible.ts'

/** A second fence: nobody passes these to the log, and if somebody does they do not get through. */
const SECRETS = ['token', 'secret', 'authorization', 'resume', 'ticket', 'body', 'cookie']

export interface LogTarget {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export function createLog(level: string, target: LogTarget = process.stdout): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '(hidden)' },
  }
  return pino(options, target.isTTY === true ? shortLines(target) : target)
}

function shortLines(target: LogTarget): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      target.write(`${shortLine(JSON.parse(chunk.toString()) as Record<string, unknown>)}\n`)
      done()
    },
  })
}

function shortLine({ level, time, msg, err, ...fields }: Record<string, unknown>): string {
  const clock = new Date(Number(time)).toISOString().slice(11, 19)
  const name = pino.levels.labels[Number(level)] ?? String(level)
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const stack = err instanceof Object && 'stack' in err ? `\n${String(err.stack)}` : ''
  return `${visible([clock, name.toUpperCase().padEnd(5), msg, ...rest].join(' '))}${stack}`
}
