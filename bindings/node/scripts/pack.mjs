#!/usr/bin/env node
// Packs the package and that of this platform into `dist/`.
// The addons are those in lib/. The optional dependencies are written here, from the targets in
// package.json: those packages exist only with a release.
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const stage = join(dist, 'jobsem')
const npm = (args, cwd) =>
  execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })

rmSync(dist, { recursive: true, force: true })
mkdirSync(stage, { recursive: true })
npm(['exec', '--', 'napi', 'create-npm-dirs', '--npm-dir', join('dist', 'npm')], root)
const platforms = readdirSync(join(dist, 'npm'))

const {
  devDependencies: _,
  scripts: __,
  napi: ___,
  ...manifest
} = JSON.parse(readFileSync(join(root, 'package.json')))
const { version } = manifest
manifest.optionalDependencies = Object.fromEntries(
  platforms.map((name) => [`@jobsem/node-${name}`, version]),
)
writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest, null, 2) + '\n')
const wanted = ['index', 'testing'].flatMap((name) =>
  ['cjs', 'mjs', 'd.cts', 'd.mts'].map((end) => `${name}.${end}`),
)
wanted.push('browser.mjs', 'browser.d.mts', 'LICENSE', 'README.md', 'lib', 'types')
if (existsSync(join(root, 'jobsem.wasm'))) wanted.push('jobsem.wasm')
else
  console.error(
    'packed without jobsem.wasm, which `npm run browser` makes: nothing to be published',
  )
for (const name of wanted) {
  cpSync(join(root, name), join(stage, name), {
    recursive: true,
    filter: (from) =>
      !/\.node$|generated\.d\.ts$|browser\.mjs$/.test(from) || from === join(root, 'browser.mjs'),
  })
}

for (const name of platforms) cpSync(join(root, 'LICENSE'), join(dist, 'npm', name, 'LICENSE'))
const here = readdirSync(join(root, 'lib')).filter((name) => name.endsWith('.node'))
for (const addon of here) {
  const platform = addon.split('.')[1]
  const place = join(dist, 'npm', platform)
  cpSync(join(root, 'lib', addon), join(place, addon))
  npm(['pack', '--silent', '--pack-destination', dist], place)
}
npm(['pack', '--silent', '--pack-destination', dist], stage)
for (const name of readdirSync(dist)) if (name.endsWith('.tgz')) console.log(join(dist, name))
