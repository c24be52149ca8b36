// The half for browsers in a real Chromium, over HTTP, as pages and bundlers take it.
// CHROMIUM names the browser.
import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { chromium } from 'playwright-core'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const bundle = readFileSync(join(root, 'browser.mjs'))
const wasm = readFileSync(join(root, 'jobsem.wasm'))
const require = createRequire(import.meta.url)
const here = require('../lib/face.cjs')(require('../lib/wasm.cjs')(new WebAssembly.Module(wasm)))

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }
const PAGE = ['text/html', '<!doctype html><title>a page</title>']
const FILES = {
  '/': PAGE,
  '/favicon.ico': PAGE,
  '/browser.mjs': ['text/javascript', bundle],
  '/jobsem.wasm': ['application/wasm', wasm],
}
const manifest = `apiVersion: batch/v1
kind: Job
metadata: {name: pi}
spec:
  completions: 3
  completionMode: Indexed
  backoffLimitPerIndex: 1
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: perl}]
`
const pods = { 'index 1': { exit: 7 } }

let browser, page, server

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] })
})
after(() => browser?.close())
afterEach(async () => {
  await page?.context().close()
  server?.close()
})

/** Opens the first page of a server that has these files. */
async function open(files) {
  server = createServer(({ url }, response) => {
    const [type, body] = files[url] ?? []
    response.writeHead(
      body === undefined ? 404 : 200,
      type === undefined ? {} : { 'content-type': type },
    )
    response.end(body)
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  page = await (await browser.newContext()).newPage()
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
}
const names = () => page.evaluate(async () => Object.keys(await import('/browser.mjs')))
const refusal = () => page.evaluate(() => import('/browser.mjs').then(() => '', String))

test('a page imports the bundle, and it answers as it does elsewhere', async () => {
  await open(FILES)
  assert.deepEqual(
    await names(),
    Object.keys(here)
      .filter((name) => name !== '_openHost')
      .sort(),
  )
  const answers = async ([manifest, pods]) => {
    const jobsem = await import('/browser.mjs')
    const cluster = new jobsem.Cluster({ kube: '1.31' })
    cluster.create(new Date(0), manifest)
    let error
    try {
      jobsem.validate('kind: [')
    } catch (thrown) {
      error = [thrown instanceof jobsem.JobsemError, thrown.code, thrown.line]
    }
    return {
      played: jobsem.KUBE_VERSIONS.map((kube) => jobsem.simulate(manifest, { pods, kube })),
      validated: jobsem.validate(manifest.replace('3', '-3')),
      work: cluster.work(),
      wakeup: cluster.nextWakeup(),
      next: new jobsem.CronSchedule('30 2 * * *', { zone: 'Europe/Berlin' }).next(new Date(0)),
      error,
    }
  }
  const said = await page.evaluate(answers, [manifest, pods])
  assert.deepEqual(said.error, [true, 'DECODE', 1])
  assert.equal(said.played.length, here.KUBE_VERSIONS.length)
  assert.deepEqual(
    said.played,
    here.KUBE_VERSIONS.map((kube) => here.simulate(manifest, { pods, kube })),
  )
  assert.deepEqual(said.validated, here.validate(manifest.replace('3', '-3')))
  assert.deepEqual(said.next, new Date('1970-01-01T01:30:00Z'))
  assert.equal(said.work.filter(({ type }) => type === 'start').length, 1)
  assert.equal(typeof said.wakeup?.atNs, 'bigint')
})

test('a worker of a page imports the bundle', async () => {
  const text = `import { outcome } from '/browser.mjs'
    postMessage(outcome(${JSON.stringify(manifest)}).verdict)`
  await open({ ...FILES, '/worker.mjs': ['text/javascript', text] })
  const verdict = () =>
    new Promise((done, fail) => {
      const worker = new Worker('/worker.mjs', { type: 'module' })
      worker.onmessage = ({ data }) => done(data)
      worker.onerror = fail
    })
  assert.equal(await page.evaluate(verdict), 'pending')
})

test('a server that does not know the type of the module is good enough', async () => {
  for (const type of [undefined, 'application/octet-stream', 'application/wasm; charset=utf-8']) {
    await open({ ...FILES, '/jobsem.wasm': [type, wasm] })
    assert.ok((await names()).includes('simulate'))
    await page.context().close()
    server.close()
  }
})

test('without its module the bundle says what is missing', async () => {
  await open({ ...FILES, '/jobsem.wasm': undefined })
  assert.match(await refusal(), /jobsem cannot fetch http.*\/jobsem\.wasm, .* beside .*: 404/)
})

test('a page in place of the module is called what it is', async () => {
  await open({ ...FILES, '/jobsem.wasm': PAGE })
  assert.match(
    await refusal(),
    /what is served as http.*\/jobsem\.wasm is not the module of jobsem/,
  )
})

test('a bundler takes the browser export, with its module, by itself', async (t) => {
  const project = mkdtempSync(join(tmpdir(), 'jobsem-bundled-'))
  t.after(() => rmSync(project, { recursive: true, force: true }))
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(root, join(project, 'node_modules/jobsem'), 'junction')
  const main = `import * as jobsem from 'jobsem'
document.title = jobsem.simulate(${JSON.stringify(manifest)}).outcome.verdict + ('run' in jobsem)`
  writeFileSync(join(project, 'main.js'), main)
  const html = '<!doctype html><script type="module" src="/main.js"></script>'
  writeFileSync(join(project, 'index.html'), html)
  const target = ['es2022', 'chrome100']
  await build({ root: project, logLevel: 'error', build: { target, assetsInlineLimit: 0 } })
  const files = { '/favicon.ico': PAGE }
  for (const name of readdirSync(join(project, 'dist'), { recursive: true })) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    files[`/${name}`] = [type, readFileSync(join(project, 'dist', name))]
  }
  files['/'] = files['/index.html']
  assert.ok(Object.keys(files).some((name) => /^\/assets\/jobsem-.*\.wasm$/.test(name)))
  await open(files)
  await page.waitForFunction(() => document.title !== '')
  assert.equal(await page.title(), 'succeededfalse')
})
