#!/usr/bin/env node
// Puts the playground into one file: page, style, script, examples, and the WebAssembly module.
// Called with the file to be written.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'

const [target] = process.argv.slice(2)
const examples = new URL('../../../examples/', import.meta.url)
const read = (name) => readFileSync(new URL(name, examples), 'utf8')

const offered = JSON.parse(read('playground/examples.json'))
const EXAMPLES = offered.map(({ file, name, pods }) => ({ name, pods, manifest: read(file) }))
const WASM = gzipSync(readFileSync(new URL('../jobsem.wasm', import.meta.url)), {
  level: 9,
}).toString('base64')
const data = {
  name: 'data',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^playground:data$/ }, ({ path }) => ({ path, namespace: 'data' }))
    onLoad({ filter: /.*/, namespace: 'data' }, () => ({
      contents: Object.entries({ EXAMPLES, WASM })
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}\n`)
        .join(''),
    }))
  },
}
const built = await build({
  entryPoints: [fileURLToPath(new URL('playground/playground.mjs', examples))],
  nodePaths: [fileURLToPath(new URL('../node_modules', import.meta.url))],
  bundle: true,
  write: false,
  format: 'iife',
  target: 'es2023',
  platform: 'browser',
  charset: 'utf8',
  minify: true,
  plugins: [data],
})
const script = built.outputFiles[0].text.replaceAll('</script', '<\\/script')
const page = read('playground/index.html')
  .replace('/*STYLE*/', () => read('playground/style.css'))
  .replace('/*SCRIPT*/', () => script)
mkdirSync(dirname(target), { recursive: true })
writeFileSync(target, page)
console.log(`${target}: ${(page.length / 2 ** 20).toFixed(2)} MiB`)
