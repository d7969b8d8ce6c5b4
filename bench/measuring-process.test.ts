import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { measureInProcess, parseFigures } from './measuring-process.ts'

describe('the output of a program that measures', () => {
  it('is one figure per line', () => {
    const { figures } = parseFigures('{"metric":"a","value":1.5}\n{"metric":"b","value":2}\n')
    assert.deepEqual(figures, { a: 1.5, b: 2 })
  })

  it('may tell about the program', () => {
    assert.deepEqual(parseFigures('{"otp":"25","jit":true}\n').about, { otp: '25', jit: true })
  })

  for (const line of [
    'oops',
    '3',
    '{"metric":"a","value":0}',
    '{"metric":"a","value":"1"}',
    '{"metric":"a"}',
  ]) {
    it(`is refused with the line when it is ${line}`, () => {
      assert.throws(() => parseFigures(line), {
        message: new RegExp(`got .*${line.slice(0, 5).replace('{"', '')}`),
      })
    })
  }
})

describe('a program that measures', () => {
  it('is heard', async () => {
    const script = 'console.log(JSON.stringify({ metric: "a", value: 1 }))'
    assert.deepEqual((await measureInProcess(process.execPath, ['-e', script])).figures, { a: 1 })
  })

  it('that fails is an error that names the command', async () => {
    await assert.rejects(
      measureInProcess(process.execPath, ['-e', 'process.exit(3)']),
      /Cannot measure with .*node/,
    )
  })
})
