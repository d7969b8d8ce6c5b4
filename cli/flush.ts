import type { Writable } from 'node:stream'

/**
 * Resolves once everything written to `stream` has left the process, or can no longer. A pipe is not written at
 * once: what its reader has not taken when the process exits is lost, and `export - | gzip` with it.
 */
export async function flushed(stream: Writable): Promise<void> {
  if (stream.writableLength === 0) return
  // The callback has the error of a reader that is gone; whoever listens for errors of the stream hears it as well.
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
}
