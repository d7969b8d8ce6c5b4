/**
 * The naive baseline: the library ws, a loop over all sockets, 50 KB of state for each. Prints `{"port":n}`.
 *
 * What many first versions do: every receiver's frame is encoded by itself, and each connection keeps a history of its own.
 */
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { onOrders, report } from '../../load/orders.ts'
import { HELLO, messageOf, READY, type SendFrame } from '../frames.ts'
import { heapReport } from '../heap.ts'

/** Of 8 bytes each. */
const STATE_NUMBERS = 6_400
const PING_MS = 30_000

const states = new Map<object, number[]>()
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/v1/socket', backlog: 4_096 })
server.on('listening', () => report({ port: (server.address() as AddressInfo).port }))
server.on('connection', (socket) => {
  // Not whole numbers, which V8 may keep in 4 bytes.
  states.set(
    socket,
    Array.from({ length: STATE_NUMBERS }, (_, number) => number + 0.5),
  )
  socket.on('close', () => states.delete(socket))
  socket.on('error', () => socket.terminate())
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as SendFrame
    if (frame.op === 'identify') socket.send(READY)
    else if (frame.op === 'send') {
      const { message, sent } = messageOf(frame)
      for (const client of server.clients) if (client !== socket) client.send(JSON.stringify(message))
      socket.send(JSON.stringify(sent))
    }
  })
  socket.send(HELLO)
})
setInterval(() => {
  for (const client of server.clients) client.ping()
}, PING_MS)
onOrders(heapReport)
