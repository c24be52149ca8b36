// Tests of a manifest: `node --test manifest.test.mjs`.
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { KUBE_VERSIONS, validate } from 'jobsem'
import { Pods, simulate } from 'jobsem/testing'

const manifest = readFileSync(new URL('../indexed-backoff-per-index.yaml', import.meta.url), 'utf8')

test('a drained node uses up the retry of its index', () => {
  const pods = new Pods().index(3).exits(42).thenIsDisrupted()
  simulate(manifest, pods)
    .fails({ reason: 'FailedIndexes' })
    .createdPods(2, { index: 3 })
    .indexes({ completed: '0-2', failed: '3' })
})

test('one retry is enough for a flaky index', () => {
  const pods = new Pods().index(1).exits(1).all({ run: '10s' })
  simulate(manifest, pods)
    .succeeds()
    .counts({ succeeded: 4, failed: 1 })
    .takes({ atLeast: 20 })
    .runsAtOnce(4)
})

for (const kube of KUBE_VERSIONS) {
  test(`${kube} takes the manifest`, () => {
    const { findings, valid } = validate(manifest, { kube })
    if (!valid) throw new Error(findings.map(({ message }) => message).join('\n'))
  })
}
