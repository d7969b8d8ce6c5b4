/** Socket.IO as a contestant. */
import { SOCKET_IO } from '../../load/dialect.ts'
import { nodePeer } from '../node-peer.ts'

export const socketio = nodePeer({
  name: 'socketio',
  package: 'socket.io',
  program: '../peers/socketio/socketio-process.ts',
  dialect: SOCKET_IO,
})
