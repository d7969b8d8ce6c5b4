import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SHELLS } from '../completion/scripts.ts'
import { inTemporaryFolder, runCli } from '../testing/cli-process.ts'

async function script(shell: string): Promise<string> {
  const { code, stdout, stderr } = await runCli(['completion', shell], { cwd: '/tmp' })
  assert.deepEqual([code, stderr], [0, ''])
  return stdout
}

function bash(completion: string, words: readonly string[]): string[] {
  const typed = words.map((word) => `'${word}'`).join(' ')
  const ask = `COMP_WORDS=(guildhall ${typed}); COMP_CWORD=${words.length}; _guildhall; echo "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', `${completion}\n${ask}`], { encoding: 'utf8' })
    .trim()
    .split(' ')
}

describe('guildhall completion', () => {
  it('completes commands, options, values and arguments in bash', async () => {
    const completion = await script('bash')
    assert.deepEqual(bash(completion, ['res']), ['restarts', 'resume', 'restart-thread'])
    assert.deepEqual(bash(completion, ['top', '--so']), ['--sort', '--socket'])
    assert.deepEqual(bash(completion, ['top', '--sort', 'm']), ['msg/s', 'mailbox', 'memory'])
    assert.deepEqual(bash(completion, ['completion', '']), ['bash', 'zsh', 'fish', '--help'])
    assert.deepEqual(bash(completion, ['why', '--user', '']), [''])
  })

  for (const shell of SHELLS) {
    it(`is valid ${shell}, where there is one`, async (t) => {
      const completion = await script(shell)
      assert.match(completion, /restart-thread/)
      if (spawnSync(shell, ['-c', 'exit 0']).error !== undefined) return t.skip(`there is no ${shell} here`)
      await inTemporaryFolder(async (folder) => {
        const file = join(folder, 'completion')
        writeFileSync(file, completion)
        const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
        assert.deepEqual([status, stderr], [0, ''])
      })
    })
  }

  it('exits 2 for another shell', async () => {
    const { code, stderr } = await runCli(['completion', 'cmd'], { cwd: '/tmp' })
    assert.equal(code, 2)
    assert.match(stderr, /bash, zsh, fish/)
  })
})
