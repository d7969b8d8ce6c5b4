/**
 * FullScreen: a terminal taken over for a live view, and given back as it was.
 *
 * Guarantees: however the process ends short of SIGKILL (`close`, Ctrl-C, SIGTERM, SIGHUP, an error nobody caught), the
 * alternate screen is left, the cursor shown, raw mode off; what was on the terminal before is there again. Ctrl-Z gives
 * it back for as long as the process is stopped. A terminal that reads too slowly misses frames, it is not fed a queue.
 */

import { type Line, paint } from '../text/line.ts'
import { type Key, keysOf } from './keys.ts'

export interface ScreenStreams {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
}

export interface ScreenHandlers {
  /** Every key but Ctrl-C and Ctrl-Z, which mean what they mean everywhere. */
  key(key: Key): void
  /** The size has changed, or the screen has been given back. */
  redraw(): void
}

/** Alternate screen, no cursor, no wrapping: one line too long must not push the others down. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l'
/** The terminal shows a frame when it is whole, if it knows of this; others pass over it. */
const FRAME_START = '\u001b[?2026h\u001b[H'
const FRAME_END = '\u001b[?2026l'
/** Before a line and not after it: at the last column the cursor stands on the last character, and would erase that. */
const ERASE_LINE = '\u001b[2K'
const ERASE_BELOW = '\r\n\u001b[J'
const COME_BACK_MS = 50
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

export class FullScreen {
  readonly #streams: ScreenStreams
  readonly #handlers: ScreenHandlers
  readonly #colours: boolean
  readonly #undo: (() => void)[] = []
  #taken = false
  #isClosed = false

  constructor(streams: ScreenStreams, colours: boolean, handlers: ScreenHandlers) {
    this.#streams = streams
    this.#handlers = handlers
    this.#colours = colours
    this.#listen()
    this.#take()
  }

  get width(): number {
    return this.#streams.output.columns || 80
  }

  get height(): number {
    return this.#streams.output.rows || 24
  }

  /** Shows these lines, cut to the screen, in place of what is there. */
  draw(lines: readonly Line[]): void {
    const { output } = this.#streams
    if (!this.#taken || output.writableNeedDrain) return
    const paper = { width: this.width, colours: this.#colours }
    const rows = lines.slice(0, this.height).map((line) => ERASE_LINE + paint(line, paper))
    const below = rows.length < this.height ? ERASE_BELOW : ''
    output.write(FRAME_START + rows.join('\r\n') + below + FRAME_END)
  }

  close(): void {
    this.#isClosed = true
    for (const undo of this.#undo.splice(0)) undo()
    this.#giveBack()
    this.#streams.input.pause()
  }

  #listen(): void {
    const { input, output } = this.#streams
    const redraw = (): void => this.#handlers.redraw()
    const giveBack = (): void => this.#giveBack()
    const typed = (chunk: string): void => this.#typed(chunk)
    output.on('resize', redraw)
    input.setEncoding('utf8').on('data', typed)
    const comeBack = (): void => this.#comeBack()
    process.on('SIGCONT', comeBack)
    // The monitor runs before the error is printed, so that it stands on the terminal and not on a screen that goes away.
    process.on('uncaughtExceptionMonitor', giveBack)
    process.on('exit', giveBack)
    this.#undo.push(
      () => output.off('resize', redraw),
      () => input.off('data', typed),
      () => process.off('SIGCONT', comeBack),
      () => process.off('uncaughtExceptionMonitor', giveBack),
      () => process.off('exit', giveBack),
    )
    for (const [signal, number] of Object.entries(SIGNALS)) {
      const end = (): never => process.exit(128 + number)
      process.on(signal, end)
      this.#undo.push(() => process.off(signal, end))
    }
  }

  #typed(chunk: string): void {
    for (const key of keysOf(chunk)) {
      if (key === 'ctrl-c') process.exit(128 + SIGNALS.SIGINT)
      else if (key === 'ctrl-z') this.#stop()
      else this.#handlers.key(key)
    }
  }

  /** The whole group, as the terminal would: whoever started us (npx, a shell script) waits along. */
  #stop(): void {
    this.#giveBack()
    process.kill(0, 'SIGTSTP')
    // Where nobody could ever continue us (a container's first process) the system does not stop us either, and no
    // SIGCONT comes.
    setTimeout(() => this.#comeBack(), COME_BACK_MS)
  }

  #comeBack(): void {
    if (this.#isClosed) return
    this.#take()
    this.#handlers.redraw()
  }

  #take(): void {
    if (this.#taken) return
    this.#taken = true
    this.#streams.input.setRawMode(true)
    this.#streams.input.resume()
    this.#streams.output.write(ENTER)
  }

  #giveBack(): void {
    if (!this.#taken) return
    this.#taken = false
    this.#streams.output.write(LEAVE)
    this.#streams.input.setRawMode(false)
  }
}
