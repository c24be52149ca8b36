// The same face over WebAssembly; JOBSEM_WASM names the module.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import * as addon from '../index.mjs'

const require = createRequire(import.meta.url)
const module = new WebAssembly.Module(readFileSync(process.env.JOBSEM_WASM))
const open = () => require('../lib/face.cjs')(require('../lib/wasm.cjs')(module))

const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'pi' },
  spec: {
    completions: 3,
    parallelism: 2,
    completionMode: 'Indexed',
    backoffLimit: 2,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'perl' }] } },
  },
}

test('the module imports nothing', () => {
  assert.deepEqual(WebAssembly.Module.imports(module), [])
})

test('WebAssembly answers what the addon answers, at every version', () => {
  const wasm = open()
  const bundled = readFileSync(new URL('../lib/browser.mjs', import.meta.url), 'utf8')
  for (const name of Object.keys(wasm).filter((name) => name !== '_openHost')) {
    assert.ok(name in addon, name)
    assert.match(bundled, new RegExp(`\\b${name}\\b`))
  }
  for (const kube of addon.KUBE_VERSIONS) {
    const pods = {
      'index 1 attempt 1': { exit: 1 },
      'index 2 attempt 1': { disrupted: true, exit: 143 },
    }
    assert.deepEqual(wasm.simulate(job, { pods, kube }), addon.simulate(job, { pods, kube }))
    const wrong = JSON.stringify({ ...job, spec: { ...job.spec, completions: -1 } })
    assert.deepEqual(wasm.validate(wrong, { kube }), addon.validate(wrong, { kube }))
  }
  const schedule = (of) => new of.CronSchedule('30 2 * * *', { zone: 'Europe/Berlin' })
  const after = new Date('2026-03-28T12:00:00Z')
  assert.deepEqual(schedule(wasm).upcoming(after, 9), schedule(addon).upcoming(after, 9))
})

test('objects of WebAssembly keep their state', () => {
  const { Cluster, JobsemError } = open()
  const cluster = new Cluster()
  cluster.create('2026-01-01T00:00:00Z', job)
  assert.deepEqual(
    cluster.work().map(({ type }) => type),
    ['start', 'start'],
  )
  assert.equal(cluster.work().length, 0)
  cluster.handleTimeout('2026-01-01T00:00:05Z')
  assert.equal(cluster.pods().length, 2)
  assert.throws(() => new Cluster({ kube: '1.2' }), JobsemError)
})

test('a panic is an INTERNAL error, and the instance is unusable then', () => {
  const [hurt, other] = [open(), open()]
  const cluster = new hurt.Cluster()
  const internal = (error) => error instanceof hurt.JobsemError && error.code === 'INTERNAL'
  assert.throws(() => cluster._call('panic', {}), internal)
  assert.throws(() => hurt.outcome(job), internal)
  assert.equal(other.outcome(job).verdict, 'pending')
})
