import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'

/** Loads the entry where packages cannot be resolved and strings cannot become code, as on a strict web page. */
const PROGRAM = `
  import { registerHooks } from 'node:module'
  registerHooks({
    resolve(specifier, context, next) {
      if (!/^[.]{1,2}\\/|^file:/.test(specifier)) throw new Error('it loads ' + specifier)
      return next(specifier, context)
    },
  })
  const { jsonCodec, parseServerFrame, CLOSE, endsSession } = await import(process.argv[1])
  const codec = jsonCodec(Infinity)
  const frame = parseServerFrame(codec.decode(codec.encode({ op: 'typing', conversation: '1', user: 'alice' })))
  console.log(frame.user, endsSession(CLOSE.done))
`

describe('the light entry', () => {
  it('loads no package and generates no code', async () => {
    const entry = new URL('./light.ts', import.meta.url).href
    const flags = ['--disallow-code-generation-from-strings', '--disable-warning=ExperimentalWarning']
    const run = promisify(execFile)(process.execPath, [...flags, '--input-type=module', '-e', PROGRAM, entry])
    assert.equal((await run).stdout.trim(), 'alice true')
  })
})
