/**
 * keysOf: what was typed, from the bytes that a terminal in raw mode sends. Pure.
 *
 * A key is one character, or a name of several: `up`, `enter`, `ctrl-c`. Sequences that mean nothing here are passed over
 * as a whole, so that no part of them counts as typed. A sequence comes in one piece, as every terminal writes it; an
 * escape alone is the key of that name.
 */

export type Key = string

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const TOKEN = /\u001b\[[0-?]*[ -/]*[@-~]|\u001bO.|\u001b.|[\s\S]/gu

const NAMED: Readonly<Record<string, Key>> = {
  '\u001b': 'escape',
  '\u001b[A': 'up',
  '\u001b[B': 'down',
  '\u001b[C': 'right',
  '\u001b[D': 'left',
  '\u001bOA': 'up',
  '\u001bOB': 'down',
  '\u001bOC': 'right',
  '\u001bOD': 'left',
  '\u001b[H': 'home',
  '\u001b[F': 'end',
  '\u001bOH': 'home',
  '\u001bOF': 'end',
  '\u001b[1~': 'home',
  '\u001b[4~': 'end',
  '\u001b[5~': 'pageUp',
  '\u001b[6~': 'pageDown',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
}
const CTRL_A = 0x01
const CTRL_Z = 0x1a

export function keysOf(typed: string): Key[] {
  return (typed.match(TOKEN) ?? []).flatMap((token) => {
    const named = NAMED[token]
    if (named !== undefined) return [named]
    if (token.startsWith('\u001b')) return []
    const code = token.codePointAt(0) ?? 0
    if (code >= CTRL_A && code <= CTRL_Z) return [`ctrl-${String.fromCharCode(code + 0x60)}`]
    return isControl(code) ? [] : [token]
  })
}

/** C0, DEL, C1 */
function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0)
}
