/**
 * AdminClient: the operator's end of the admin channel.
 *
 * Guarantees: every request ends: with its value, or with an AdminError whose code says what to do and whose text says
 * it to people. After `close`, and once the connection is lost, all that is open fails.
 */

import { connect, type Socket } from 'node:net'
import {
  ADMIN_ERRORS,
  ADMIN_VERSION,
  type AdminCallKind,
  type AdminFailure,
  type AdminKind,
  type AdminReply,
  type AdminRequest,
  type AdminStreamKind,
  ANSWER_BYTES_MAX,
  type EndOf,
  type EventOf,
  type Hello,
  type ParamsOf,
  type ValueOf,
} from './contract.ts'
import { AdminError } from './errors.ts'
import { Lines } from './lines.ts'

export interface ConnectOptions {
  /** Path of a Unix socket, or `host:port` with TLS. */
  readonly to: string | { readonly host: string; readonly port: number }
  /** For TCP: a token with the scope `admin` or `admin:read`. */
  readonly token?: string | undefined
  /** For TCP: PEM of the authority that has signed the node's certificate. Default: those of the system. */
  readonly ca?: string | Buffer | undefined
  /** For TCP: the name in the certificate, when it is not the host. */
  readonly serverName?: string | undefined
  /** Who asks, for the audit log. */
  readonly as?: string | undefined
  /** How long to wait for the connection and for each answer. Default: 10,000. */
  readonly timeoutMs?: number | undefined
}

/** A stream that goes on. */
export interface AdminSubscription<Kind extends AdminStreamKind> {
  /** Resolves when nothing more comes; rejects with an AdminError. */
  readonly ended: Promise<EndOf<Kind>>
  cancel(): void
}

const TIMEOUT_MS_DEFAULT = 10_000

interface Open {
  readonly kind: string
  readonly settle: (reply: AdminReply) => void
  readonly fail: (error: AdminError) => void
  readonly timer: NodeJS.Timeout | undefined
}

/** Connects and says hello. @throws AdminError */
export async function connectAdmin(options: ConnectOptions): Promise<AdminClient> {
  const client = new AdminClient(await open(options), options)
  try {
    await client.greet()
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

export class AdminClient {
  /** What the node said of itself. */
  hello!: Hello
  readonly #socket: Socket
  readonly #options: ConnectOptions
  readonly #place: string
  readonly #lines = new Lines(ANSWER_BYTES_MAX)
  readonly #open = new Map<number, Open>()
  #lastId = 0
  #lost: AdminError | undefined

  /** Use `connectAdmin`. */
  constructor(socket: Socket, options: ConnectOptions) {
    this.#socket = socket
    this.#options = options
    this.#place = placeOf(options.to)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', (error) => this.#lose(lost(this.#place, error)))
    socket.on('close', () => this.#lose(lost(this.#place)))
  }

  /** Called once, by `connectAdmin`. */
  async greet(): Promise<void> {
    const { as, token } = this.#options
    const params = { ...(as === undefined ? {} : { as }), ...(token === undefined ? {} : { token }) }
    this.hello = await this.request('hello', params)
  }

  /** Asks once. @throws AdminError */
  request<Kind extends AdminCallKind>(
    kind: Kind,
    params: ParamsOf<Kind>,
    { timeoutMs = this.#options.timeoutMs ?? TIMEOUT_MS_DEFAULT }: { readonly timeoutMs?: number } = {},
  ): Promise<ValueOf<Kind>> {
    return new Promise((resolve, reject) => {
      const settle = (reply: AdminReply): void => {
        if ('value' in reply) resolve(reply.value as ValueOf<Kind>)
        else reject(notANode(this.#place, `its answer to ${kind} has no value`))
      }
      this.#send(kind, params, settle, reject, timeoutMs)
    })
  }

  /** Asks for what goes on. Events may come until `ended` has settled. */
  stream<Kind extends AdminStreamKind>(
    kind: Kind,
    params: ParamsOf<Kind>,
    onEvent: (event: EventOf<Kind>) => void,
  ): AdminSubscription<Kind> {
    let id = 0
    const ended = new Promise<EndOf<Kind>>((resolve, reject) => {
      const settle = (reply: AdminReply): void => {
        if ('event' in reply) onEvent(reply.event as EventOf<Kind>)
        else if ('end' in reply) resolve(reply.end as EndOf<Kind>)
      }
      id = this.#send(kind, params, settle, reject, undefined)
    })
    ended.catch(() => {}) // whoever does not wait for the end need not handle its failure
    const cancel = (): void => {
      if (this.#open.has(id))
        this.#write({ v: ADMIN_VERSION, id: ++this.#lastId, kind: 'cancel', stream: id })
    }
    return { ended, cancel }
  }

  close(): void {
    this.#lose(new AdminError('CONNECTION_LOST', 'Cannot wait for an answer: the client has closed'))
    this.#socket.destroy()
  }

  #send(
    kind: AdminKind,
    params: object,
    settle: (reply: AdminReply) => void,
    fail: (error: AdminError) => void,
    timeoutMs: number | undefined,
  ): number {
    const id = ++this.#lastId
    if (this.#lost !== undefined) {
      fail(this.#lost)
      return id
    }
    const late = (): void => {
      this.#open.delete(id)
      fail(noAnswer(this.#place, kind, timeoutMs ?? 0))
    }
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs)
    this.#open.set(id, { kind, settle, fail, timer })
    this.#write({ ...params, v: ADMIN_VERSION, id, kind })
    return id
  }

  #write(request: AdminRequest): void {
    if (this.#lost === undefined) this.#socket.write(`${JSON.stringify(request)}\n`)
  }

  #read(chunk: Buffer): void {
    const fits = this.#lines.push(chunk, (line) => this.#take(line))
    if (!fits)
      this.#giveUp(notANode(this.#place, `a line of its answer is longer than ${ANSWER_BYTES_MAX} bytes`))
  }

  #take(line: string): void {
    const reply = replyOf(line)
    if (reply === undefined)
      return this.#giveUp(
        notANode(this.#place, `what it answers is not of version ${ADMIN_VERSION} of this protocol`),
      )
    const waiting = this.#open.get(reply.id)
    if (waiting === undefined) {
      // About the connection as a whole, such as one too many.
      if (reply.id === 0 && !reply.ok) this.#giveUp(errorOf(reply.error))
      return
    }
    if (!('event' in reply)) this.#forget(reply.id, waiting)
    if (reply.ok) waiting.settle(reply)
    else waiting.fail(errorOf(reply.error))
  }

  #forget(id: number, { timer }: Open): void {
    clearTimeout(timer)
    this.#open.delete(id)
  }

  #giveUp(error: AdminError): void {
    this.#lose(error)
    this.#socket.destroy()
  }

  #lose(error: AdminError): void {
    if (this.#lost !== undefined) return
    this.#lost = error
    for (const [id, waiting] of this.#open) {
      this.#forget(id, waiting)
      waiting.fail(error)
    }
  }
}

function open(options: ConnectOptions): Promise<Socket> {
  const { to, timeoutMs = TIMEOUT_MS_DEFAULT } = options
  const place = placeOf(to)
  return new Promise((resolve, reject) => {
    const isTls = typeof to !== 'string'
    const socket = isTls ? tlsSocket(to, options) : connect({ path: to })
    const late = setTimeout(
      () => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)),
      timeoutMs,
    )
    const failed = (error: Error): void => {
      clearTimeout(late)
      reject(cannotConnect(place, error))
    }
    socket.once('error', failed)
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      clearTimeout(late)
      socket.off('error', failed)
      resolve(socket)
    })
  })
}

function tlsSocket(to: { host: string; port: number }, { ca, serverName }: ConnectOptions): Socket {
  // Not imported: loading it takes 10 ms, and most operators are on the socket.
  return process.getBuiltinModule('node:tls').connect({
    ...to,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  })
}

function replyOf(line: string): AdminReply | undefined {
  try {
    const reply: unknown = JSON.parse(line)
    const isReply =
      typeof reply === 'object' &&
      reply !== null &&
      'v' in reply &&
      'id' in reply &&
      Number.isInteger(reply.id) &&
      'ok' in reply &&
      // A node of another version says so in its own.
      (reply.v === ADMIN_VERSION || reply.ok === false)
    return isReply ? (reply as AdminReply) : undefined
  } catch {
    return undefined
  }
}

function errorOf(failure: AdminFailure | undefined): AdminError {
  const { code, message, retryAfterMs } = failure ?? {
    code: 'INTERNAL',
    message: 'Cannot answer: no reason given',
  }
  const known = ADMIN_ERRORS.includes(code)
  return new AdminError(known ? code : 'INTERNAL', String(message), retryAfterMs)
}

// --- what can be wrong with the way there ---

const UNKNOWN_SIGNER =
  'its certificate is signed by nobody who is known here: give the certificate of who signed it (ca)'
const NO_TLS = 'it does not speak TLS: give its admin port'

/** By the codes of the system and of OpenSSL. */
const FACTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket: the node is not running, or has another data folder',
  ECONNREFUSED: 'nobody listens there: the node is not running',
  ENOTFOUND: 'the host is not known',
  ECONNRESET: 'the connection was cut off',
  EACCES: 'this user may not open it: use the account that the node runs under',
  EPERM: 'this user may not open it: use the account that the node runs under',
  ENOTSOCK: 'it is not a socket',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_SIGNER,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_SIGNER,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_SIGNER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_SIGNER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_SIGNER,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
}

function cannotConnect(place: string, error: Error): AdminError {
  const code = 'code' in error ? String(error.code) : ''
  const fact = FACTS[code] ?? error.message
  const kind =
    code === 'EACCES' || code === 'EPERM' ? 'NO_PERMISSION' : isTlsFault(code) ? 'NOT_A_NODE' : 'NO_NODE'
  return new AdminError(kind, `Cannot reach the node at ${place}: ${fact}`, undefined, error)
}

/** OpenSSL's own, and those of certificates. */
function isTlsFault(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code)
}

function lost(place: string, cause?: Error): AdminError {
  const text = `Cannot wait for the node at ${place}: the connection is closed${cause === undefined ? '' : `: ${cause.message}`}`
  return new AdminError('CONNECTION_LOST', text, undefined, cause)
}

function notANode(place: string, fact: string): AdminError {
  return new AdminError('NOT_A_NODE', `Cannot talk to the node at ${place}: ${fact}`)
}

function noAnswer(place: string, kind: string, timeoutMs: number): AdminError {
  return new AdminError(
    'NO_ANSWER',
    `Cannot ask the node at ${place} for ${kind}: no answer within ${timeoutMs} ms`,
  )
}

function placeOf(to: ConnectOptions['to']): string {
  return typeof to === 'string' ? to : `${to.host}:${to.port}`
}
