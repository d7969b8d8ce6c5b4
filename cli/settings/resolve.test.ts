import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { flagOf, SETTING_NAMES, variableOf } from './definitions.ts'
import { resolveSettings, type Sources } from './resolve.ts'

function resolve(sources: Partial<Sources>) {
  return resolveSettings({ flags: {}, env: {}, ...sources })
}

function file(content: unknown) {
  return { path: 'guildhall.json', content }
}

describe('where a setting comes from', () => {
  it('is the default when nothing else says anything', () => {
    const { settings, origins, problems } = resolve({})
    assert.equal(settings.port, 4_000)
    assert.equal(settings.host, '127.0.0.1')
    assert.equal(origins.port, 'default')
    assert.deepEqual(problems, [])
  })

  it('is the file over the default, the environment over the file, a flag over all', () => {
    const all = { file: file({ port: 1 }), env: { GUILDHALL_PORT: '2' }, flags: { port: '3' } }
    const seen = [resolve({ file: all.file }), resolve({ file: all.file, env: all.env }), resolve(all)].map(
      ({ settings, origins }) => [settings.port, origins.port],
    )
    assert.deepEqual(seen, [
      [1, 'guildhall.json'],
      [2, 'GUILDHALL_PORT'],
      [3, '--port'],
    ])
  })

  it('passes over a variable that is set to nothing', () => {
    assert.equal(resolve({ env: { GUILDHALL_PORT: '' } }).settings.port, 4_000)
  })

  it('has a flag and a variable for each setting, both unlike those of any other', () => {
    assert.equal(flagOf('jwtSecret'), '--jwt-secret')
    assert.equal(variableOf('jwtSecret'), 'GUILDHALL_JWT_SECRET')
    assert.equal(new Set(SETTING_NAMES.map(flagOf)).size, SETTING_NAMES.length)
    assert.equal(new Set(SETTING_NAMES.map(variableOf)).size, SETTING_NAMES.length)
  })

  it('takes a list as text with commas and as an array of the file', () => {
    const expected = ['https://a.example', 'https://b.example']
    assert.deepEqual(resolve({ flags: { origins: expected.join(', ') } }).settings.origins, expected)
    assert.deepEqual(resolve({ file: file({ origins: expected }) }).settings.origins, expected)
  })
})

describe('what is refused, with its fix', () => {
  const cases: readonly [string, Partial<Sources>, RegExp][] = [
    ['a port that is too large', { flags: { port: '65536' } }, /^--port: "65536" .* from 0 to 65535\. Give/],
    ['a port that is no number', { env: { GUILDHALL_PORT: '4e3' } }, /^GUILDHALL_PORT: "4e3" is not a whole/],
    [
      'a port with a fraction',
      { file: file({ port: 1.5 }) },
      /^guildhall\.json, "port": 1\.5 is not a whole/,
    ],
    [
      'the port that Kubernetes sets',
      { env: { GUILDHALL_PORT: 'tcp://10.0.0.1:4000' } },
      /enableServiceLinks: false/,
    ],
    ['no threads', { flags: { threads: '0' } }, /^--threads: "0" .* from 1 to 15/],
    ['an empty folder', { flags: { data: ' ' } }, /^--data: " " is not a text\. Give one such as \.\/data/],
    ['an empty secret', { flags: { jwtSecret: '' } }, /^--jwt-secret: it is empty .*openssl rand -hex 32/],
    [
      'a secret that is a number',
      { file: file({ jwtSecret: 12_345 }) },
      /"jwtSecret": it is empty or not a text/,
    ],
    [
      'a PEM as the secret',
      { flags: { jwtSecret: '-----BEGIN PUBLIC KEY-----' } },
      /^--jwt-secret: it is a PEM key/,
    ],
    [
      'an address that is none',
      { flags: { jwtJwksUrl: 'id' } },
      /^--jwt-jwks-url: "id" is not an address \(https: or http:\)/,
    ],
    [
      'an address of another kind',
      { flags: { publicUrl: 'http:x' } },
      /^--public-url: "http:x" is not an address \(wss: or ws:\)/,
    ],
    ['an unknown level', { flags: { logLevel: 'loud' } }, /"loud" is unknown\. Give one of fatal, error/],
    [
      'an origin with a path',
      { flags: { origins: 'https://a.example/x' } },
      /"https:\/\/a\.example\/x" is not an origin/,
    ],
    ['an origin that is no text', { file: file({ origins: [1] }) }, /"origins": 1 is not a text/],
    ['origins that are no list', { file: file({ origins: 1 }) }, /"origins": 1 is not a list/],
    ['a yes or no that is neither', { env: { GUILDHALL_DEFLATE: 'on' } }, /"on" is neither true nor false/],
    ['a file that holds no object', { file: file([]) }, /^guildhall\.json: it holds no JSON object/],
    ['a key that is no setting', { file: file({ prot: 1 }) }, /^guildhall\.json: "prot" is no setting/],
    ['a key of the prototype', { file: file(JSON.parse('{"__proto__":1}')) }, /"__proto__" is no setting/],
  ]
  for (const [title, sources, expected] of cases) {
    it(title, () => {
      const { problems } = resolve(sources)
      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', expected)
    })
  }

  it('all of it at once, not only the first', () => {
    const { problems } = resolve({
      flags: { port: 'x' },
      env: { GUILDHALL_THREADS: 'y' },
      file: file({ z: 1 }),
    })
    assert.equal(problems.length, 3)
  })
})
