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
const STEPS_MAX = 60
/** Turns and packets until a fault strikes, at the most. */
const FAULT_STEPS = 30
const LAST_FAULT_STEPS = 80
const LEAVE_STEPS = 20
/** Long enough for everybody to be live. */
const QUIET_MS = 7_000
/** Of a die with 100 sides: up to here somebody sends. */
const SEND = 50
/** Long enough for two resends and everything they cause. */
const REST_MS = 16_000

export class SimWorld {
  readonly node: SimNode
  readonly devices: SimDevice[]
  readonly trace: string[] = []
  #connections = 0
  /** Sent something in the end and does not come back: nobody sends it again. */
  #gone: SimDevice | undefined

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
    for (let left = this.#int(STEPS_MAX); left > 0; left--) {
      this.#happen(this.#int(100))
      await simulation.advance(this.#int(4) === 0 ? this.#int(400) : this.#int(4))
    }
    for (const device of this.devices) device.connect('resume')
    await simulation.advance(QUIET_MS)
    await this.#lastFault()
    for (const device of this.#present()) {
      gateway.relieve(device.connection)
      device.connect('resume')
    }
    await simulation.advance(REST_MS)
  }

  /** In the middle of the last sends, so that nothing comes after it that would uncover what it lost. */
  async #lastFault(): Promise<void> {
    if (this.#int(2) === 0) return this.#leaveForGood()
    this.#atAnyStep(LAST_FAULT_STEPS, () => this.#fault())
    for (let left = 1 + this.#int(4); left > 0; left--) {
      this.#happen(SEND)
      await this.node.simulation.advance(this.#int(3))
    }
  }

  async #leaveForGood(): Promise<void> {
    const device = this.devices[this.#int(this.devices.length)] as SimDevice
    this.#atAnyStep(LEAVE_STEPS, () => this.#crashOwner(/^(conversation|relay)$/))
    device.send(device.conversations[this.#int(device.conversations.length)] as string)
    await this.node.simulation.advance(this.#int(6))
    this.#note(`${device.user}/${device.name} sends and leaves for good`)
    device.drop()
    this.#gone = device
  }

  #present(): readonly SimDevice[] {
    return this.devices.filter((device) => device !== this.#gone)
  }

  /** Faults strike between two turns, not only when all is quiet. */
  #atAnyStep(stepsMax: number, act: () => void): void {
    let left = this.#int(stepsMax)
    this.node.onStep = () => {
      if (left-- > 0) return
      this.node.onStep = () => {}
      act()
    }
  }

  #fault(): void {
    const dice = this.#int(3)
    if (dice === 0) this.#crashThread()
    else if (dice === 1) this.#crashOwner()
    else this.#crashSession(this.devices[this.#int(this.devices.length)] as SimDevice)
  }

  #happen(dice: number): void {
    const device = this.devices[this.#int(this.devices.length)] as SimDevice
    const { gateway } = this.node
    if (dice <= SEND) {
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
    } else this.#atAnyStep(FAULT_STEPS, () => this.#fault())
  }

  #crashSession({ user, name, connection }: SimDevice): void {
    const session = this.node.gateway.session(connection)
    if (session === undefined) return
    this.#note(`the session of ${user}/${name} crashes`)
    this.node.simulation.exit(session, 'kill')
  }

  #crashThread(): void {
    const thread = 1 + this.#int(this.node.threads)
    this.#note(`thread ${thread} dies`)
    this.node.simulation.crashThread(thread)
  }

  /** A conversation, relay or router of a thread. */
  #crashOwner(kinds = /^(conversation|relay|relays|conversations|users)$/): void {
    const thread = 1 + this.#int(this.node.threads)
    const kernel = this.node.simulation.kernel(thread)
    const owners = kernel.cells.cells
      .filter((cell) => cell !== undefined)
      .filter((cell) => kinds.test(cell.type.definition.name))
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
      if (device.waits && device !== this.#gone) return `${who} still waits for an answer`
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
      if (!device.conversations.includes(conversation) || device === this.#gone) continue
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
