/** SimWorld: a node, people with devices, conversations of every kind, and one seed that decides what happens to them. */

import type { ConversationRecord } from '../../storage/index.ts'
import { SimDevice } from './sim-device.ts'
import { SimNode } from './sim-node.ts'

const PEOPLE = ['ada', 'bob', 'cy'] as const
const DM = '101'
const GROUP = '102'
const LARGE = '103'
const GUILD = '200'
const CHANNEL = '201'
/** Members who are never there make a group too large for inboxes. */
const GHOSTS = 99
const STEPS = 60
/** Long enough for two resends and everything they cause. */
const REST_MS = 16_000

export class SimWorld {
  readonly node: SimNode
  readonly devices: SimDevice[]
  readonly trace: string[] = []
  #connections = 0

  private constructor(node: SimNode) {
    this.node = node
    const next = (): number => ++this.#connections
    const device = (user: string, name: string): SimDevice => {
      const all = user === 'cy' ? [GROUP, LARGE, CHANNEL] : [DM, GROUP, LARGE, CHANNEL]
      return new SimDevice(user, name, all, node.gateway, next)
    }
    this.devices = [
      device('ada', 'phone'),
      device('ada', 'laptop'),
      device('bob', 'phone'),
      device('cy', 'phone'),
    ]
  }

  static async start(seed: number): Promise<SimWorld> {
    const node = await SimNode.start(seed, 1 + (seed % 3))
    await furnish(node)
    return new SimWorld(node)
  }

  /** Things happen; then everybody is connected and reads, and time passes until all is quiet. */
  async run(): Promise<void> {
    const { simulation, gateway } = this.node
    for (let step = 0; step < STEPS; step++) {
      this.#happen()
      await simulation.advance(this.#int(4) === 0 ? this.#int(400) : this.#int(4))
    }
    for (const device of this.devices) {
      gateway.relieve(device.connection)
      device.connect('resume')
    }
    await simulation.advance(REST_MS)
  }

  #happen(): void {
    const device = this.devices[this.#int(this.devices.length)] as SimDevice
    const { gateway, simulation, threads } = this.node
    const dice = this.#int(100)
    if (dice < 50) {
      const conversation = device.conversations[this.#int(device.conversations.length)] as string
      this.#note(`${device.user}/${device.name} sends to ${conversation}`)
      device.send(conversation)
    } else if (dice < 68) {
      this.#note(`${device.user}/${device.name} connects`)
      device.connect(this.#int(2) === 0 ? 'identify' : 'resume')
    } else if (dice < 76) {
      this.#note(`${device.user}/${device.name} drops`)
      device.drop()
    } else if (dice < 82) {
      this.#note(`${device.user}/${device.name} stops reading`)
      gateway.congest(device.connection)
    } else if (dice < 88) {
      this.#note(`${device.user}/${device.name} reads again`)
      gateway.relieve(device.connection)
    } else if (dice < 92) {
      const session = gateway.session(device.connection)
      this.#note(`the session of ${device.user}/${device.name} crashes`)
      if (session !== undefined) simulation.exit(session, 'kill')
    } else if (dice < 98) {
      this.#crashOwner()
    } else {
      const thread = 1 + this.#int(threads)
      this.#note(`thread ${thread} dies`)
      simulation.crashThread(thread)
    }
  }

  /** A conversation, relay or router of a thread. */
  #crashOwner(): void {
    const thread = 1 + this.#int(this.node.threads)
    const kernel = this.node.simulation.kernel(thread)
    const owners = [...kernel.cells].filter((cell) =>
      /^(conversation|relay|relays|conversations|users)$/.test(cell.type.definition.name),
    )
    const cell = owners[this.#int(owners.length)]
    if (cell === undefined) return
    this.#note(`${cell} crashes`)
    this.node.simulation.exit(cell.ref, 'kill')
  }

  #int(below: number): number {
    return Math.floor(this.node.simulation.random() * Math.max(1, below))
  }

  #note(what: string): void {
    this.trace.push(`${this.node.simulation.nowMs} ${what}`)
  }

  /** What must hold when all is quiet, or what is wrong. */
  async check(): Promise<string | undefined> {
    for (const device of this.devices) {
      const who = `${device.user}/${device.name}`
      if (device.faults.length > 0) return `${who}: ${device.faults[0]}`
      if (device.waits) return `${who} still waits for an answer`
    }
    for (const conversation of [DM, GROUP, LARGE, CHANNEL]) {
      const wrong = await this.#checkLog(conversation)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  async #checkLog(conversation: string): Promise<string | undefined> {
    const { store } = this.node
    const head = await store.head(conversation)
    const { items } = await store.read(conversation, { after: 0, limit: 10_000 })
    if (items.length !== head || items.some(({ seq }, index) => seq !== index + 1))
      return `${conversation} has gaps`
    if (new Set(items.map(({ id }) => id)).size !== head) return `${conversation} holds a message twice`
    for (const device of this.devices) {
      const who = `${device.user}/${device.name}`
      for (const [id, place] of device.acknowledged) {
        if (place.conversation === conversation && items[place.seq - 1]?.id !== id)
          return `${id}, acknowledged, is lost`
      }
      if (!device.conversations.includes(conversation)) continue
      const held = device.contiguous(conversation)
      if (held !== head)
        return `${who} holds ${conversation} up to ${held} of ${head}, and was told of nothing more`
      for (const { seq, id } of items) {
        if (device.ids(conversation).get(seq) !== id) return `${who} has another ${conversation}/${seq}`
      }
    }
    return undefined
  }
}

async function furnish({ store }: SimNode): Promise<void> {
  const record = (id: string, kind: ConversationRecord['kind']): ConversationRecord => ({
    id,
    tenant: '',
    kind,
    createdAt: 1,
  })
  const ghosts = Array.from({ length: GHOSTS }, (_, index) => `ghost-${index}`)
  await store.openDm(record(DM, 'dm'), ['ada', 'bob'])
  await store.createConversation(record(GROUP, 'group'), PEOPLE)
  await store.createConversation(record(LARGE, 'group'), [...PEOPLE, ...ghosts])
  const guild = { id: GUILD, tenant: '', name: 'club', owner: 'ada', open: true, createdAt: 1 }
  await store.createGuild(guild, { ...record(CHANNEL, 'channel'), guild: GUILD, name: 'general' })
  for (const person of PEOPLE) await store.addGuildMember(GUILD, person)
}
