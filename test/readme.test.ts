import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = new URL('../', import.meta.url)

/** The text of the first block of this kind after a heading. */
function block(text: string, heading: string, kind: string): string {
  const section = text.slice(text.indexOf(`\n## ${heading}\n`))
  const found = new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, 'ms').exec(section)?.[1]
  assert.ok(found !== undefined, `README has a ${kind || 'plain'} block below "${heading}"`)
  return found
}

it("README's first actor runs as it stands and prints what README says", async () => {
  const readme = await readFile(new URL('README.md', root), 'utf8')
  // In the project's folder, where README tells people to save it, so that the package's own name resolves.
  const file = fileURLToPath(new URL(`readme-example-${process.pid}.ts`, root))
  await writeFile(file, block(readme, 'The runtime alone: a first actor', 'ts'))
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 })
    const expected = readme.slice(readme.indexOf('\nIt prints:\n'))
    assert.equal(stdout, block(`\n## It prints\n${expected}`, 'It prints', ''))
  } finally {
    await rm(file)
  }
})
