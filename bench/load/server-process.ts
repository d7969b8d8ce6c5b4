/**
 * A server under load: `server-process.ts '<settings as JSON>'`. Prints `{"port":n}` when it listens. Ends with its standard input.
 * The order `{"do":"heap"}` is answered with what V8 holds on all its threads.
 */
import { type ServerSettings, startServer } from '../../gateway/index.ts'
import { onOrders, report } from './orders.ts'

const settings = JSON.parse(process.argv[2] as string) as ServerSettings
const server = await startServer(settings)
report({ port: server.port })
onOrders<{ do: 'heap' }>(
  async () => report({ heapBytes: await heapBytes() }),
  () => server.stop(),
)

async function heapBytes(): Promise<number> {
  const threads = await server.node.inspector.threads()
  return threads.reduce((sum, { summary }) => sum + (summary?.heapUsedBytes ?? 0), 0)
}
