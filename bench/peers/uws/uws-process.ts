/**
 * Raw uWebSockets.js, the limit of what Node can do: one thread, one topic, no store. Prints `{"port":n}`.
 *
 * A message is encoded once and published once; C++ does the rest. Sockets are pinged.
 */
import { App, us_socket_local_port, type WebSocket } from 'uWebSockets.js'
import { onOrders, report } from '../../load/orders.ts'
import { HELLO, messageOf, READY, type SendFrame } from '../frames.ts'
import { heapReport } from '../heap.ts'

const TOPIC = 'all'
const IDLE_S = 75

/**
 * Not inside a message handler: there uWebSockets.js holds its one cork for the sender, and from 32 messages on each receiver's
 * frames would take a system call each.
 */
let waiting: { readonly sender: WebSocket<unknown>; readonly message: string }[] = []

App()
  .ws('/v1/socket', {
    idleTimeout: IDLE_S,
    maxBackpressure: 4 * 1_024 * 1_024,
    compression: 0,
    open: (socket) => void socket.send(HELLO),
    message(socket, data) {
      const frame = JSON.parse(Buffer.from(data).toString()) as SendFrame
      if (frame.op === 'identify') {
        socket.subscribe(TOPIC)
        socket.send(READY)
      } else if (frame.op === 'send') {
        const { message, sent } = messageOf(frame)
        publishSoon(socket, JSON.stringify(message))
        socket.send(JSON.stringify(sent))
      }
    },
  })
  .listen('127.0.0.1', 0, (socket) => {
    if (socket === false) throw new Error('Cannot listen: no port is free')
    report({ port: us_socket_local_port(socket) })
  })
onOrders(heapReport)

function publishSoon(sender: WebSocket<unknown>, message: string): void {
  if (waiting.length === 0) setImmediate(publishAll)
  waiting.push({ sender, message })
}

function publishAll(): void {
  const all = waiting
  waiting = []
  for (const { sender, message } of all) sender.publish(TOPIC, message)
}
