import type { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

/**
 * Resolves once everything written to `stream` has left the process, or can no longer. A pipe is not written at
 * once: what its reader has not taken when the process exits is lost, and `export - | gzip` with it.
 */
export async function flushed(stream: Writable): Promise<void> {
  await setImmediate() // a full disk is told to whoever listens for errors only by then
  if (stream.writableLength === 0) return
  // The callback has the error of a reader that is gone; whoever listens for errors of the stream hears it as well.
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
}
