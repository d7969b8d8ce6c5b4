/** An identified client of the load generator: connects, says who it is, resolves at `ready`. For many of them: `crowd.ts`. */
import { GUILDHALL_JSON } from './dialect.ts'
import { LoadSocket } from './load-socket.ts'
import { tokenFor } from './token.ts'

export interface Target {
  readonly host: string
  readonly port: number
  readonly secret: string
}

export interface IdentifiedEvents {
  /** Every frame after `ready`. */
  onFrame(text: string): void
  onClose(code: number): void
}

/** Rejects when the socket closes, or an `error` comes, before `ready`. */
export function identified(
  { host, port, secret }: Target,
  user: string,
  events: IdentifiedEvents,
): Promise<LoadSocket> {
  return new Promise((resolve, reject) => {
    let ready = false
    const identify = JSON.stringify({ op: 'identify', token: tokenFor(user, secret), device: 'load' })
    const { path, subprotocol } = GUILDHALL_JSON
    new LoadSocket(
      { host, port, path, subprotocol, index: 0 },
      {
        onFrame(socket, bytes, from, to) {
          const text = bytes.toString('utf8', from, to)
          if (ready) return events.onFrame(text)
          if (text.startsWith('{"op":"hello"')) return socket.send([identify])
          if (text.startsWith('{"op":"ready"')) {
            ready = true
            resolve(socket)
          } else if (text.startsWith('{"op":"error"')) reject(new Error(`Cannot identify ${user}: ${text}`))
        },
        onClose(_socket, code) {
          reject(new Error(`Cannot identify ${user}: closed with ${code}`))
          events.onClose(code)
        },
      },
    )
  })
}
