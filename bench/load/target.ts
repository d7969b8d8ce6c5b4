/** A server that clients connect to, and the secret that their tokens are signed with. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly secret: string
}
