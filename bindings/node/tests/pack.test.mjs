// The packed package, installed into empty directories outside the repository, as a user would.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'jobsem-packed-'))
const ran = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
let tarballs

before(() => {
  tarballs = ran(process.execPath, [join(root, 'scripts/pack.mjs')], root)
    .trim()
    .split('\n')
})
after(() => rmSync(place, { recursive: true, force: true }))

/** An empty project with the tarballs installed and a consumer's files. */
function project(name) {
  const cwd = join(place, name)
  cpSync(join(root, 'tests/consumers', name), cwd, { recursive: true })
  writeFileSync(
    join(cwd, 'package.json'),
    JSON.stringify({ private: true, type: name === 'ts' ? 'module' : undefined }),
  )
  ran('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error', ...tarballs], cwd)
  return cwd
}

test('the package has what it should have, and no install script', () => {
  const cwd = project('esm')
  assert.match(ran(process.execPath, ['main.mjs'], cwd), /^esm /)
  const packed = join(cwd, 'node_modules/jobsem')
  const manifest = JSON.parse(readFileSync(join(packed, 'package.json')))
  assert.deepEqual(
    [manifest.scripts, manifest.devDependencies, manifest.dependencies],
    [undefined, undefined, undefined],
  )
  assert.ok(Object.keys(manifest.optionalDependencies).includes('@jobsem/node-linux-x64-musl'))
  for (const named of Object.values(manifest.exports).flatMap((one) =>
    typeof one === 'string' ? one : Object.values(one).flatMap((of) => Object.values(of)),
  )) {
    assert.ok(statSync(join(packed, named)).isFile(), named)
  }
  const platforms = join(cwd, 'node_modules/@jobsem')
  const [platform] = readdirSync(platforms)
  for (const place of [packed, join(platforms, platform)]) {
    assert.ok(statSync(join(place, 'LICENSE')).isFile())
  }
  assert.equal(
    readdirSync(join(packed, 'lib')).some((name) => name.endsWith('.node')),
    false,
  )
})

test('a consumer that requires', () => {
  const cwd = project('cjs')
  assert.match(ran(process.execPath, ['main.js'], cwd), /^cjs /)
  // What runs in Node and calls itself a browser, as jest does with jsdom, requires the same.
  assert.match(ran(process.execPath, ['--conditions=browser', 'main.js'], cwd), /^cjs /)
})

test('a consumer in TypeScript, strict, with nodenext and verbatimModuleSyntax', () => {
  const cwd = project('ts')
  ran(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', cwd], cwd)
  assert.equal(ran(process.execPath, ['out/main.js'], cwd), 'ts pending [ 1 ]\n')
})
