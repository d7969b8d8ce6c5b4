/**
 * Makes text of others safe to print: control characters become visible, so a message can neither move the cursor,
 * change the title or clipboard of a terminal, nor pass for another line or run backwards.
 */

/** C0, DEL, C1; line and paragraph separators; marks that change the direction of text; lone surrogates. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu

const HARMLESS = /^[\x20-\x7e]*$/
const SYMBOL_OF_NUL = 0x2400
const SYMBOL_OF_DEL = '\u2421'

export function visible(text: string): string {
  if (HARMLESS.test(text)) return text // most texts, and far faster
  return text.replace(UNSAFE, (found) => {
    const code = found.charCodeAt(0)
    if (code < 0x20) return String.fromCharCode(SYMBOL_OF_NUL + code)
    if (code === 0x7f) return SYMBOL_OF_DEL
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
  })
}
