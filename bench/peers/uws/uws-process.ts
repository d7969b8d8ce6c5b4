/**
 * Raw uWebSockets.js, the limit of what Node can do: one thread, one topic, no store. Prints `{"port":n}`.
 *
 * A message is encoded once and published once; C++ does the rest. Sockets are pinged as often as ours.
 */
import { App, us_socket_local_port } from 'uWebSockets.js'
import { onOrders, report } from '../../load/orders.ts'
import { HELLO, messageOf, READY, type SendFrame } from '../frames.ts'
import { heapReport } from '../heap.ts'

const TOPIC = 'all'
const IDLE_S = 75

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
        socket.publish(TOPIC, JSON.stringify(message))
        socket.send(JSON.stringify(sent))
      }
    },
  })
  .listen('127.0.0.1', 0, (socket) => {
    if (socket === false) throw new Error('Cannot listen: no port is free')
    report({ port: us_socket_local_port(socket) })
  })
onOrders(heapReport)
