/** When a repeated id is the same message again, and when it is a conflict. */

type Content = {
  readonly kind: string
  readonly body: string
  readonly replyTo?: number
}

/** True when kind, body and replyTo agree. Device and time may differ: a client may repeat itself from elsewhere. */
export function sameContent(a: Content, b: Content): boolean {
  return a.body === b.body && a.kind === b.kind && a.replyTo === b.replyTo
}
