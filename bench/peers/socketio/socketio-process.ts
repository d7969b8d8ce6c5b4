/**
 * Socket.IO over WebSocket, as its documentation has it: `socket.broadcast.emit`. Prints `{"port":n}`.
 *
 * Pings every 25 s, its default. Clients connect with WebSocket at once, so no polling is measured.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { onOrders, report } from '../../load/orders.ts'
import { messageOf, type SendFrame } from '../frames.ts'
import { heapReport } from '../heap.ts'

const http = createServer()
const server = new Server(http, { serveClient: false, transports: ['websocket'] })
server.on('connection', (socket) => {
  socket.on('send', (frame: SendFrame) => {
    const { message, sent } = messageOf(frame)
    socket.broadcast.emit('message', message)
    socket.emit('sent', sent)
  })
})
http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () =>
  report({ port: (http.address() as AddressInfo).port }),
)
onOrders(heapReport)
