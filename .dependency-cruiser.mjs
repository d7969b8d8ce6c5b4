/**
 * Which folder may import which. Imports point one way; another top-level folder is entered through its index.ts only.
 * `test/` may import anything.
 */
const MAY_IMPORT = {
  runtime: [],
  protocol: [],
  storage: ['protocol'],
  actors: ['runtime', 'protocol', 'storage'],
  gateway: ['runtime', 'protocol', 'storage', 'actors'],
  cluster: ['runtime', 'protocol', 'storage', 'actors'],
  client: ['protocol'],
  cli: ['runtime', 'protocol', 'storage', 'actors', 'gateway', 'cluster', 'client'],
  bench: ['runtime', 'protocol', 'storage', 'actors', 'gateway', 'cluster', 'client'],
  web: ['runtime', 'protocol', 'storage', 'actors', 'gateway', 'cluster', 'client'],
  scripts: [],
}

const FOLDERS = [...Object.keys(MAY_IMPORT), 'test'].join('|')
const TEST = String.raw`(^test/|\.test\.ts$)`
// protocol/light.ts is the index for clients, who bring no dependencies; gateway/admin/ that for operators' tools, who
// need no sockets
const PUBLIC = String.raw`^([^/]+/index|runtime/testing/index|protocol/light|storage/conformance/index|gateway/admin/index)\.ts$`

const importDirection = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `${folder}-imports-only-what-is-below`,
  comment: `${folder}/ may import ${allowed.join(', ') || 'no other folder of this project'}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { path: `^(${FOLDERS})/`, pathNot: `^(${[folder, ...allowed].join('|')})/` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...importDirection,
    {
      name: 'through-the-index',
      comment: 'Import another top-level folder through its index.ts (or runtime/testing/index.ts)',
      severity: 'error',
      from: { path: `^(${FOLDERS})/`, pathNot: TEST },
      to: { path: `^(${FOLDERS})/`, pathNot: ['^$1/', PUBLIC] },
    },
    {
      name: 'no-cycles',
      comment: 'Modules that load each other have no order; types may point back, as a cell names its kernel',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and that nothing imports is forgotten',
      severity: 'error',
      from: { orphan: true, path: '/', pathNot: TEST },
      to: {},
    },
    {
      name: 'no-import-of-tests',
      comment: 'What tests share lives in a file of its own',
      severity: 'error',
      from: {},
      to: { path: String.raw`\.test\.ts$` },
    },
    {
      name: 'no-dev-dependency-in-the-product',
      comment:
        'Only tests, the suites for them, benches and scripts may use what is not installed with the product',
      severity: 'error',
      from: { path: `^(${FOLDERS})/`, pathNot: [TEST, '^(bench|scripts|storage/conformance)/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'resolvable-and-declared',
      comment: 'Import what exists and what package.json names',
      severity: 'error',
      from: {},
      to: {
        dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'],
        // 'guildhall/runtime', this package by its own name, counts as undeclared
        pathNot: `^(${FOLDERS})/`,
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^bench/results/', '(^|/)dist/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
}
