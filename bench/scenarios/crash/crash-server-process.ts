/**
 * A server whose scheduler threads can be ended: `crash-server-process.ts '<settings as JSON>'`. Prints `{"port":n}` when it listens;
 * `{"endThread":n}` on its standard input terminates a thread in the middle of whatever it does. Ends with its standard input.
 */
import { createInterface } from 'node:readline'
import { type ServerSettings, startServer } from '../../../gateway/index.ts'

const server = await startServer(JSON.parse(process.argv[2] as string) as ServerSettings)
console.log(JSON.stringify({ port: server.port }))
for await (const line of createInterface({ input: process.stdin })) {
  const { endThread } = JSON.parse(line) as { readonly endThread: number }
  server.node.restartThread(endThread)
}
await server.stop()
process.exit(0)
