import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../../deploy/tune-linux.sh', import.meta.url))

/** Never with `--apply`: it is this machine. */
function tune(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('sh', [SCRIPT, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('tune-linux.sh', () => {
  it('finds enough for ten connections what is too low for 99 million, and names what is needed', () => {
    const few = tune('--connections', '10').stdout
    assert.match(few, /open files of a process.* enough/)
    const { status, stdout } = tune('--connections', '99000000')
    assert.equal(status, 1)
    assert.match(stdout, /open files of a process.* needs 108901000/)
    assert.match(stdout, /Nothing was changed/)
  })

  it('refuses what it cannot plan for, with exit code 2', () => {
    for (const args of [['--connections', 'many'], ['--connections'], ['--connections', '-5'], ['--turbo']]) {
      const { status, stderr } = tune(...args)
      assert.equal(status, 2, args.join(' '))
      assert.match(stderr, /^Cannot /)
    }
  })
})
