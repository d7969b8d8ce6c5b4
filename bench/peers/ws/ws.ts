/** The library ws with a naive loop as a contestant. */
import { GUILDHALL_JSON } from '../../load/dialect.ts'
import { nodePeer } from '../node-peer.ts'

export const ws = nodePeer({
  name: 'ws',
  package: 'ws',
  program: '../peers/ws/ws-process.ts',
  dialect: GUILDHALL_JSON,
})
