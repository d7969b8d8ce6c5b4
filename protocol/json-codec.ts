/**
 * The codec of `guildhall.v1.json`: text frames, one JSON object each. No dependencies; runs in browsers.
 *
 * JSON.parse itself takes nesting of 200,000 (and 60 ms for it), so depth and number of values are measured on the
 * text before it is parsed. The measuring jumps over strings; on what is not JSON it may err, and JSON.parse refuses.
 */

import type { Codec } from './codec.ts'
import { DecodeError } from './decode-error.ts'
import { FRAME_DEPTH_MAX } from './limits.ts'

export function jsonCodec(valuesMax: number): Codec {
  return {
    subprotocol: 'guildhall.v1.json',
    binary: false,
    encode: JSON.stringify,
    decode: (data) => {
      const text = typeof data === 'string' ? data : textOf(data)
      if (!isPlain(text, valuesMax)) checkBounds(text, valuesMax)
      return parseMap(text)
    },
  }
}

// A byte order mark stays, so that JSON.parse refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new DecodeError('it is not valid UTF-8')
  }
}

function parseMap(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Without the cause: the text of a SyntaxError quotes its input.
    throw new DecodeError('it is not valid JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DecodeError('it is not a JSON object')
  }
  return value
}

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_MAP = 0x7b
const CLOSE_MAP = 0x7d

/** True for the usual frame: so short and with so few brackets, even in strings, that it cannot exceed a bound. */
function isPlain(text: string, valuesMax: number): boolean {
  if (text.length > valuesMax) return false
  let brackets = 0
  for (const open of ['{', '[']) {
    for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at + 1)) {
      if (++brackets > FRAME_DEPTH_MAX) return false
    }
  }
  return true
}

/** Refuses text that is nested too deep or holds too many values. */
function checkBounds(text: string, valuesMax: number): void {
  let depth = 0
  let values = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) at = endOfString(text, at)
    else if (char === OPEN_LIST || char === OPEN_MAP) {
      depth++
      values++
      if (depth > FRAME_DEPTH_MAX) throw new DecodeError(`it is nested deeper than ${FRAME_DEPTH_MAX}`)
    } else if (char === CLOSE_LIST || char === CLOSE_MAP) depth--
    else if (char === COMMA) values++
    if (values > valuesMax) throw new DecodeError(`it holds more than ${valuesMax} values`)
  }
}

/** Where the string that opens at `start` closes; the end of the text when it does not. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1)
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1)
  return quote < 0 ? text.length : quote
}

/** An odd number of backslashes stands before it. Runs of them do not overlap, so this stays linear. */
function isEscaped(text: string, quote: number): boolean {
  let first = quote
  while (text.charCodeAt(first - 1) === BACKSLASH) first--
  return (quote - first) % 2 === 1
}
