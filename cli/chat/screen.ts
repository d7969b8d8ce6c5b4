/**
 * Screen: where a chat is printed and typed. On a terminal, messages appear above the line that is being typed; in
 * a pipe, stdout holds the conversation, one message a line, and everything else goes to stderr.
 */

import { createInterface, type Interface } from 'node:readline'
import { visible } from './visible.ts'

export interface ScreenStreams {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly errors: NodeJS.WriteStream
}

export interface Line {
  readonly at: number
  readonly author: string
  readonly body: string
}

const PROMPT = '> '

export class Screen {
  readonly isTerminal: boolean
  readonly #streams: ScreenStreams
  readonly #readline: Interface
  readonly #lines: AsyncIterable<string>

  constructor(
    streams: ScreenStreams = { input: process.stdin, output: process.stdout, errors: process.stderr },
  ) {
    this.#streams = streams
    this.isTerminal = streams.input.isTTY === true && streams.output.isTTY === true
    const { input, output } = streams
    this.#readline = createInterface(
      this.isTerminal ? { input, output, prompt: PROMPT, historySize: 0 } : { input, terminal: false },
    )
    // From the start: readline keeps no line, and no end, that comes before somebody iterates.
    const lines = this.#readline[Symbol.asyncIterator]()
    this.#lines = { [Symbol.asyncIterator]: () => lines }
    // On a terminal readline takes Ctrl-C itself; it is to mean what it means everywhere.
    this.#readline.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  }

  /** What is typed, until Ctrl-D or the end of the pipe. */
  lines(): AsyncIterable<string> {
    return this.#lines
  }

  message({ at, author, body }: Line): void {
    this.#print(this.#streams.output, `${clock(at)} ${visible(author)}: ${visible(body)}`)
  }

  /** What is no message: connection, ticks, refusals. */
  note(text: string): void {
    const line = `(${visible(text)})`
    if (this.isTerminal) this.#print(this.#streams.output, `\u001b[2m${line}\u001b[22m`)
    else this.#print(this.#streams.errors, line)
  }

  prompt(): void {
    if (this.isTerminal) this.#readline.prompt(true)
  }

  close(): void {
    this.#readline.close()
    if (this.isTerminal) this.#streams.output.write('\r\u001b[K')
  }

  #print(stream: NodeJS.WriteStream, line: string): void {
    if (!this.isTerminal) stream.write(`${line}\n`)
    else {
      stream.write(`\r\u001b[K${line}\n`)
      this.#readline.prompt(true)
    }
  }
}

function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}
