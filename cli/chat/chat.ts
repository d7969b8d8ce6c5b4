/**
 * A 1:1 chat between a screen and the SDK: shows history, then what comes; sends what is typed, in order; ends when the
 * input ends and everything typed is durable on the server, or when it is asked to stop.
 */

import { type ChatMessage, ClientError, connect, type GuildhallClient, httpApi } from '../../client/index.ts'
import { Failure } from '../failure.ts'
import type { Screen } from './screen.ts'
import { Transcript } from './transcript.ts'
import { visible } from './visible.ts'

const HISTORY = 50
/** Lines sent and not yet confirmed; below the outbox limit of the SDK. A pipe waits beyond it. */
const IN_FLIGHT_MAX = 200

export interface ChatOptions {
  readonly url: string
  readonly to: string
  readonly device: string
  readonly token: () => Promise<string>
  readonly screen: Screen
  /** Resolves when the chat is to end. */
  readonly stopped: Promise<unknown>
}

/** @throws Failure when there is no such node, the token is refused, or a line could not be sent. */
export async function chat(options: ChatOptions): Promise<void> {
  const { id } = await openDm(options)
  const { url, token, device } = options
  const client = connect({ url, token, device, history: 'new', client: 'guildhall chat' })
  const room = new Room(client, id, options)
  try {
    await Promise.race([room.talk(), options.stopped, room.failed])
  } finally {
    options.screen.close()
    await client.close()
  }
  if (room.unsent > 0) throw new Failure(`Cannot send everything: ${room.unsent} lines did not get through`)
}

async function openDm({ url, token, to }: ChatOptions) {
  try {
    return await httpApi({ url, token }).createDm(to)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    if (error.code !== 'UNAVAILABLE') throw new Failure(visible(error.message), 1, error)
    throw new Failure(
      `Cannot reach ${url}: no answer. Is the node running? \`npm start\` starts one`,
      1,
      error,
    )
  }
}

class Room {
  /** Lines that were refused or given up. */
  unsent = 0
  /** Rejects when the connection is over for good. */
  readonly failed: Promise<never>
  readonly #client: GuildhallClient
  readonly #conversation: string
  readonly #options: ChatOptions
  readonly #transcript = new Transcript()
  readonly #historyShown: Promise<void>

  constructor(client: GuildhallClient, conversation: string, options: ChatOptions) {
    this.#client = client
    this.#conversation = conversation
    this.#options = options
    this.failed = new Promise((_, reject) => this.#listen(reject))
    // Once: what comes after a later `ready`, the SDK hands out as messages.
    this.#historyShown = new Promise((resolve) => {
      const off = client.on('ready', () => {
        off()
        resolve(this.#showHistory())
      })
    })
    // It may fail while nobody waits for it any more.
    this.failed.catch(() => {})
  }

  async talk(): Promise<void> {
    const { screen } = this.#options
    const sending = new Set<Promise<void>>()
    for await (const line of screen.lines()) {
      screen.prompt()
      if (line.trim() === '') continue
      const sent: Promise<void> = this.#send(line).finally(() => sending.delete(sent))
      sending.add(sent)
      if (sending.size >= IN_FLIGHT_MAX) await Promise.race(sending)
    }
    await Promise.all([...sending, this.#historyShown])
  }

  async #send(line: string): Promise<void> {
    try {
      await this.#client.send(this.#conversation, line)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      this.unsent += 1
      this.#options.screen.note(`not sent: ${error.message}`)
    }
  }

  #listen(fail: (reason: Failure) => void): void {
    const { screen, to } = this.#options
    const here = ({ conversation }: { readonly conversation: string }) => conversation === this.#conversation
    this.#client.on('message', (message) => {
      if (here(message)) this.#show(this.#transcript.live(message))
    })
    this.#client.on('receipt', (receipt) => {
      if (!here(receipt) || receipt.user !== to) return
      const tick = this.#transcript.receipt(receipt)
      if (tick !== undefined) screen.note(tick === 'read' ? `✓✓ read by ${to}` : `✓ delivered to ${to}`)
    })
    this.#client.on('error', (error) => screen.note(error.message))
    this.#client.on('status', (status) => {
      if (status.status === 'offline') {
        screen.note(`no connection: ${status.reason || status.code}; trying again`)
      } else if (status.status === 'online' && status.resumed) {
        screen.note('connected again')
      } else if (status.status === 'stopped' && status.reason !== 'closed') {
        fail(new Failure(`Cannot go on chatting: ${STOPPED[status.reason]}`))
      }
    })
  }

  async #showHistory(): Promise<void> {
    try {
      const { messages } = await this.#client.history(this.#conversation, { limit: HISTORY })
      for (const message of this.#transcript.history(messages)) this.#show(message)
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      if (error.code === 'CLOSED') return
      this.#options.screen.note(`no history: ${error.message}`)
      for (const message of this.#transcript.history([])) this.#show(message)
    }
    this.#options.screen.prompt()
  }

  #show(message: ChatMessage | undefined): void {
    if (message === undefined) return
    const { screen, device } = this.#options
    // On a terminal, what was typed here stands there already.
    if (!(screen.isTerminal && message.device === device)) screen.message(message)
    if (!message.own) this.#client.markRead(this.#conversation, message.seq)
  }
}

const STOPPED = {
  token: 'the node refused the token. Use the secret that the node was started with',
  replaced: 'the same user and device connected elsewhere',
} as const
