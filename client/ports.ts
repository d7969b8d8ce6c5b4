/** The ports of the client: socket, clock, randomness and store. Defaults work in browsers and in Node 22. */

import { SUBPROTOCOL } from './wire.ts'

/** One open socket. `closed` is called once, also when opening failed (1006). */
export interface Socket {
  send(text: string): void
  close(code: number, reason: string): void
}

export interface SocketHandlers {
  open(): void
  message(data: unknown): void
  closed(code: number, reason: string): void
}

export type SocketFactory = (url: string, handlers: SocketHandlers) => Socket

export interface Clock {
  /** Milliseconds since 1970. It should not step back; the default is monotonic. */
  now(): number
  /** Calls once; the answer cancels. */
  after(ms: number, fire: () => void): () => void
}

/**
 * Where cursors and unsent messages survive the process. One store belongs to one user on one device.
 * Keys: `cursors`, `outbox` (the order of unsent messages), `outbox/<id>` (one unsent message each).
 * What persists nothing costs this: unsent messages die with the process, and history is delivered again.
 */
export interface Store {
  get(key: string): Promise<string | null | undefined>
  set(key: string, value: string): Promise<void>
  delete(key: string): Promise<void>
}

/** Lives as long as the process. */
export function memoryStore(): Store {
  const values = new Map<string, string>()
  return {
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  }
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms)
    return () => clearTimeout(timer)
  },
}

/** From the platform's secure source: ids come from it too. */
export function secureRandom(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32
}

/** The global WebSocket with the JSON subprotocol. */
export const webSocketFactory: SocketFactory = (url, handlers) => {
  const socket = new WebSocket(url, SUBPROTOCOL)
  let isClosed = false
  const closed = (code: number, reason: string) => {
    if (isClosed) return
    isClosed = true
    handlers.closed(code, reason)
  }
  socket.onopen = () => handlers.open()
  socket.onmessage = (event) => handlers.message(event.data)
  socket.onclose = (event) => closed(event.code, event.reason)
  // The WebSocket of Node 22 tells a refused connection by `error` alone; elsewhere `close` with 1006 follows.
  socket.onerror = () => closed(1006, '')
  return socket
}
