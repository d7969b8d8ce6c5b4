import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RuntimeError, type RuntimeErrorCode } from './errors.ts'
import {
  describeExit,
  type ErrorData,
  type ExitReason,
  fromErrorData,
  isNormalExit,
  toErrorData,
} from './exit-reason.ts'

const text = fc.string({ maxLength: 200 })
const context = fc.dictionary(
  fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
  fc.oneof(text, fc.integer(), fc.boolean()),
)
const codes: RuntimeErrorCode[] = ['ACTOR_GONE', 'MAILBOX_FULL', 'CALL_TIMEOUT']

/** Errors of the runtime and of everyone else, with causes. */
const { error: anyError } = fc.letrec<{ error: Error }>((tie) => ({
  error: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text.map((message) => new Error(message)),
    text.map((message) => new TypeError(message)),
    fc.record({ code: fc.constantFrom(...codes), message: text, context }).map((made) => {
      return new RuntimeError(made.code, made.message, { context: made.context })
    }),
    fc.record({ message: text, context, cause: tie('error') }).map((made) => {
      return new RuntimeError('BAD_SPEC', made.message, { context: made.context, cause: made.cause })
    }),
    fc
      .record({ message: text, code: text, context })
      .map(({ message, ...rest }) => Object.assign(new Error(message), rest)),
  ),
}))

/** Without the prototype and the getters, as it arrives on another thread. */
const plain = (data: ErrorData): ErrorData => JSON.parse(JSON.stringify(data))

describe('an error as data', () => {
  it('comes back as the same error: class name, code, text, context, stack and causes', () => {
    const property = fc.property(anyError, (error) => {
      const data = plain(toErrorData(error))
      const back = fromErrorData(data)
      assert.deepEqual(plain(toErrorData(back)), data)
      assert.equal(back.message, error.message)
      assert.equal(back.name, error.name)
      assert.equal(back instanceof RuntimeError, error instanceof RuntimeError)
    })
    fc.assert(property)
  })

  it('keeps at most four causes, even when an error is its own cause', () => {
    const error = new Error('around')
    error.cause = error
    let depth = 0
    for (let data = toErrorData(error).cause; data !== undefined; data = data.cause) depth++
    assert.equal(depth, 4)
  })

  it('is bounded in text and stack', () => {
    const error = new Error('x'.repeat(100_000))
    const data = toErrorData(error)
    assert.equal(data.message.length, 2_000)
    assert.equal(data.stack?.length, 4_000)
  })

  it('keeps of its context only what is plain', () => {
    const error = Object.assign(new Error('no'), {
      context: { a: 1, b: 'two', c: true, d: { deep: 1 }, e: () => {} },
    })
    assert.deepEqual(toErrorData(error).context, { a: 1, b: 'two', c: true })
  })

  it('tells nothing of a thrown value that is no error but its kind, unless it is a text', () => {
    const thrown: [unknown, string][] = [
      ['a text', 'a text'],
      [{ secret: 1 }, 'object'],
      [null, 'null'],
      [undefined, 'undefined'],
      [7, 'number'],
    ]
    for (const [value, message] of thrown) assert.deepEqual(toErrorData(value), { error: 'Thrown', message })
  })
})

describe('an exit reason', () => {
  const crash: ErrorData = { error: 'RuntimeError', code: 'BAD_SPEC', message: 'Cannot start' }
  const cases: [reason: ExitReason, normal: boolean, line: string][] = [
    ['normal', true, 'normal'],
    ['shutdown', true, 'shutdown'],
    [{ shutdown: 'drained' }, true, 'shutdown: drained'],
    [{ shutdown: crash }, true, 'shutdown: RuntimeError [BAD_SPEC]: Cannot start'],
    ['killed', false, 'killed'],
    ['noproc', false, 'noproc'],
    ['of its own', false, 'of its own'],
    [crash, false, 'RuntimeError [BAD_SPEC]: Cannot start'],
    [{ error: 'TypeError', message: 'x is not a function' }, false, 'TypeError: x is not a function'],
  ]
  for (const [reason, normal, line] of cases) {
    it(`'${line}' is ${normal ? 'normal' : 'a crash'}`, () => {
      assert.equal(isNormalExit(reason), normal)
      assert.equal(describeExit(reason), line)
    })
  }
})
