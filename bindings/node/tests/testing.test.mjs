import assert from 'node:assert/strict'
import { test } from 'node:test'

import { JobsemError } from '../index.mjs'
import { Pods, matchers, simulate } from '../testing.mjs'

const job = (spec = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work' },
  spec: {
    ...spec,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } },
  },
})
const indexed = job({
  completions: 3,
  parallelism: 3,
  completionMode: 'Indexed',
  backoffLimitPerIndex: 1,
  maxFailedIndexes: 3,
})

test('pods are scripted in the order in which they do it', () => {
  const pods = new Pods()
    .index(1)
    .exits(42, { times: 2 })
    .each()
    .runs('7s')
    .thenIsDisrupted()
    .all({ run: '10s' })
  assert.deepEqual(Object.keys(pods.script()).sort(), [
    '*',
    'attempt 1',
    'attempt 2',
    'index 1 attempt 1',
    'index 1 attempt 2',
  ])
  assert.throws(() => new Pods().exits(1, { times: 0 }), RangeError)
})

test('assertions hold, and can be chained', () => {
  simulate(indexed, new Pods().index(1).exits(42, { times: 2 }), { kube: '1.34' })
    .fails({ reason: 'FailedIndexes' })
    .indexes({ completed: '0,2', failed: '1' })
    .counts({ succeeded: 2, failed: 2 })
    .createdPods(4)
    .createdPods(2, { index: 1 })
    .hasCondition('FailureTarget', { reason: 'FailedIndexes', after: 1, before: 60 })
    .hasNoCondition('Complete')
    .hasEvent('FailedIndexes')
    .takes({ atLeast: 10, atMost: 60 })
    .runsAtOnce(3)
  const explained = simulate(job(), new Pods().exits(1))
  explained.decidedBy(explained.timeline.lines.find((line) => line.rule).rule)
})

test('each assertion fails with the timeline in its text', () => {
  const sim = simulate(job({ backoffLimit: 0 }), new Pods().exits(1))
  const fails = [
    () => sim.succeeds(),
    () => sim.fails({ reason: 'DeadlineExceeded' }),
    () => sim.hasCondition('Complete'),
    () => sim.hasCondition('Failed', { before: 0 }),
    () => sim.hasCondition('Failed', { after: 1e6 }),
    () => sim.hasCondition('Failed', { reason: 'x' }),
    () => sim.hasNoCondition('Failed'),
    () => sim.createdPods(2),
    () => sim.counts({ failed: 0 }),
    () => sim.indexes({ completed: '0' }),
    () => sim.takes({ atMost: 0 }),
    () => sim.takes({ atLeast: 1e6 }),
    () => sim.runsAtOnce(0),
    () => sim.hasEvent('Suspended'),
    () => sim.hasEvent('SuccessfulCreate', { containing: 'nothing of this' }),
    () => sim.decidedBy('NONE'),
  ]
  for (const fail of fails) {
    assert.throws(
      fail,
      (error) =>
        error instanceof assert.AssertionError && error.message.includes('BackoffLimitExceeded'),
    )
  }
})

test('matchers say what the assertions say', () => {
  const sim = simulate(job({ backoffLimit: 0 }), new Pods().exits(1))
  assert.equal(matchers.toFail(sim, { reason: 'BackoffLimitExceeded' }).pass, true)
  const { pass, message } = matchers.toSucceed(sim)
  assert.equal(pass, false)
  assert.match(message(), /the Job is failed \(BackoffLimitExceeded\), not succeeded/)
  assert.throws(() => matchers.toFail({}), TypeError)
  assert.throws(() => matchers.toRunAtOnce(simulate(job({ completions: -1 }))), JobsemError)
})
