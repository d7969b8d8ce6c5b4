/**
 * A server under load: `server-process.ts '<settings as JSON>'`. Prints `{"port":n}` when it listens. Ends with its standard input.
 */
import { type ServerSettings, startServer } from '../../gateway/index.ts'

const settings = JSON.parse(process.argv[2] as string) as ServerSettings
const server = await startServer(settings)
console.log(JSON.stringify({ port: server.port }))
process.stdin.resume().on('end', async () => {
  await server.stop()
  process.exit(0)
})
