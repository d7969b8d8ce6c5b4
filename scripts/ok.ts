/** Runs every check in order, cheapest first, stops at the first that fails, and prints what each took. */
import { spawnSync } from 'node:child_process'

const STEPS = ['lint', 'types', 'imports', 'dead-code', 'test']

const took: string[] = []
for (const step of STEPS) {
  console.log(`\n== npm run ${step}`)
  const startedAt = performance.now()
  const { status } = spawnSync('npm', ['run', '--silent', step], { stdio: 'inherit' })
  took.push(`${step} ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
  if (status !== 0) {
    console.error(`\nnot ok: \`npm run ${step}\` failed (${took.join(', ')})`)
    process.exit(1)
  }
}
console.log(`\nok: ${took.join(', ')}`)
