/** Prints lines for people. Apart from output.ts, since programs ask for JSON and need not wait until this is loaded. */

import { paperOf } from './output.ts'
import { type Line, paint } from './text/line.ts'

export function print(lines: readonly Line[], output: NodeJS.WriteStream = process.stdout): void {
  const paper = paperOf(output)
  output.write(lines.map((line) => `${paint(line, paper)}\n`).join(''))
}
