#!/usr/bin/env node
// Makes the half for browsers: `jobsem.wasm`, optimised from the module that cargo has built, and
// `browser.mjs`, the bundle that loads it.
// Called with the path of cargo's module; without one, only the bundle is made. `--build` has cargo
// build the module first.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import { build } from 'esbuild'

/** What a page may have to load, in bytes. */
const LIMIT = 2 * 2 ** 20

/** What all browsers have had since 2022; nothing newer may come out of the optimiser. */
const FEATURES = ['bulk-memory', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int']
FEATURES.push('reference-types', 'sign-ext')

const root = fileURLToPath(new URL('..', import.meta.url))
const [given] = process.argv.slice(2)
const built = given === '--build' ? cargo() : given

if (built !== undefined) {
  const target = join(root, 'jobsem.wasm')
  // It takes a minute: only what has changed is optimised.
  const written = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)
  if (written(target) <= Math.max(written(built), written(fileURLToPath(import.meta.url)))) {
    optimise(built, target)
  }
  report('jobsem.wasm', readFileSync(target), LIMIT)
}

const bundle = await build({
  entryPoints: [join(root, 'lib/browser.mjs')],
  banner: { js: '// Written by scripts/browser.mjs from lib/browser.mjs.' },
  bundle: true,
  charset: 'utf8',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'browser',
  target: 'es2022',
  write: false,
})
const [{ contents }] = bundle.outputFiles
writeFileSync(join(root, 'browser.mjs'), contents)
report('browser.mjs', contents, LIMIT)

/** Cargo's module, as `cargo xtask` builds it. */
function cargo() {
  const target = join(root, '../../target/node/build')
  const wanted = ['--target', 'wasm32-unknown-unknown', '--package', 'jobsem-wasm']
  wanted.push('--profile', 'wasm', '--locked', '--target-dir', target)
  execFileSync('cargo', ['build', ...wanted], { cwd: root, stdio: 'inherit' })
  return join(target, 'wasm32-unknown-unknown/wasm/jobsem_wasm.wasm')
}

/** Writes the target at once or not at all, so that a broken run leaves nothing that looks new. */
function optimise(module, target) {
  const optimiser = createRequire(import.meta.url).resolve('binaryen/package.json')
  const features = FEATURES.map((name) => `--enable-${name}`)
  // What the first round removes lets the second find more.
  const passes = ['-Oz', '-Oz', '--strip-debug', '--strip-producers']
  const options = ['-mvp', ...features, ...passes, module, '-o', `${target}.part`]
  const command = [join(dirname(optimiser), 'bin/wasm-opt'), ...options]
  execFileSync(process.execPath, command, { stdio: 'inherit' })
  renameSync(`${target}.part`, target)
}

function report(name, bytes, limit) {
  const kilobytes = (number) => `${Math.ceil(number / 1000)} kB`
  const gzip = kilobytes(gzipSync(bytes, { level: 9 }).length)
  const brotli = kilobytes(brotliCompressSync(bytes).length)
  console.log(`   ${name}: ${kilobytes(bytes.length)} (gzip ${gzip}, brotli ${brotli})`)
  if (bytes.length > limit) throw new Error(`${name} has more than ${kilobytes(limit)}`)
}
