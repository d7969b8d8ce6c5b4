/** Raw uWebSockets.js as a contestant. */
import { GUILDHALL_JSON } from '../../load/dialect.ts'
import { nodePeer } from '../node-peer.ts'

export const uws = nodePeer({
  name: 'uws',
  package: 'uWebSockets.js',
  program: '../peers/uws/uws-process.ts',
  dialect: GUILDHALL_JSON,
})
