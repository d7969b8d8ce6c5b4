/** The frames that peers speak, as short as ours: so a receiver gets the same bytes from everyone. */
export const HELLO = JSON.stringify({
  op: 'hello',
  node: 'peer',
  heartbeatMs: 30_000,
  identifyMs: 10_000,
  limits: { frameBytes: 524_288, bodyChars: 100_000, eventsPerMinute: 720 },
})
export const READY = JSON.stringify({
  op: 'ready',
  session: 'none',
  resume: 'none',
  user: { id: 'peer' },
  device: 'load',
  inbox: 0,
  conversations: [],
  guilds: [],
})

export interface SendFrame {
  readonly op: string
  readonly to: string
  readonly id: string
  readonly body: string
}

let seq = 0

/** What every receiver gets, and what the sender gets. */
export function messageOf({ to, id, body }: SendFrame): { readonly message: object; readonly sent: object } {
  seq++
  const at = Date.now()
  const messageId = String(10 ** 18 + seq)
  return {
    message: {
      op: 'message',
      conversation: to,
      seq,
      messageId,
      id,
      author: 'load-owner',
      device: 'load',
      at,
      body,
      kind: 'text',
    },
    sent: { op: 'sent', to, id, seq, messageId, at, duplicate: false },
  }
}
