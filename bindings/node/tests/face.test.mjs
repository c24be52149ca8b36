import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

import * as jobsem from '../index.mjs'

const job = (spec = {}, status = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'pi' },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'perl' }] } },
    ...spec,
  },
  status,
})

const refused =
  (code, more = {}) =>
  (error) => {
    assert.ok(error instanceof jobsem.JobsemError, String(error))
    assert.partialDeepStrictEqual
      ? assert.partialDeepStrictEqual({ ...error }, { code, ...more })
      : assert.equal(error.code, code)
    return true
  }

test('the version is that of the package, and its members are those of the types', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url)))
  assert.equal(jobsem.version, version)
  const types = readFileSync(new URL('../index.d.cts', import.meta.url), 'utf8')
  const named = [...types.matchAll(/^export (?:const|class|function) (\w+)/gm)].map(
    ([, name]) => name,
  )
  assert.deepEqual([...new Set(named)].sort(), Object.keys(jobsem).sort())
})

test('import and require show the same objects', () => {
  const required = createRequire(import.meta.url)('../index.cjs')
  assert.deepEqual(Object.keys(jobsem).sort(), Object.keys(required).sort())
  assert.equal(jobsem.JobsemError, required.JobsemError)
})

test('an outcome is known before the Failed condition', () => {
  const conditions = [{ type: 'FailureTarget', status: 'True', reason: 'BackoffLimitExceeded' }]
  const said = jobsem.outcome(job({}, { conditions }))
  assert.equal(said.verdict, 'will-fail')
  assert.equal(said.reason, 'BackoffLimitExceeded')
  assert.equal(said.isFinal, false)
  assert.equal('since' in said, false)
})

test('a manifest is checked as text, bytes and object', () => {
  const wrong = job({ completions: -1 })
  for (const given of [wrong, JSON.stringify(wrong), Buffer.from(JSON.stringify(wrong))]) {
    const said = jobsem.validate(given)
    assert.equal(said.valid, false)
    assert.equal(said.findings[0].field, 'spec.completions')
    assert.equal('line' in said.findings[0], typeof given !== 'object' || given instanceof Buffer)
  }
  assert.equal(jobsem.validate(job()).valid, true)
})

test('numbers that are not exact are refused in objects and exact in text', () => {
  const far = 2 ** 53 + 2
  assert.throws(
    () => jobsem.validate(job({ activeDeadlineSeconds: far })),
    refused('DECODE', { path: 'spec.activeDeadlineSeconds' }),
  )
  assert.throws(() => jobsem.validate(job({ activeDeadlineSeconds: 9n })), refused('DECODE'))
  assert.throws(() => jobsem.validate(job({ completions: NaN })), refused('DECODE'))
  assert.throws(() => jobsem.outcome({ status: { startTime: new Date(NaN) } }), refused('DECODE'))
  assert.throws(() => jobsem.outcome(Uint8Array.of(0x61, 0xff)), refused('DECODE'))
  const own = job()
  own.metadata.own = own
  assert.throws(() => jobsem.outcome(own), refused('DECODE'))
  const text = JSON.stringify(job({ activeDeadlineSeconds: 5 })).replace(':5', ':9007199254740993')
  assert.equal(jobsem.validate(text).valid, true)
})

test('a mistake in text has its place', () => {
  assert.throws(
    () => jobsem.simulate('kind: Job\nspec: [\n'),
    (error) => {
      assert.equal(error.code, 'DECODE')
      assert.equal(typeof error.line, 'number')
      return true
    },
  )
})

test('a simulation retries and says by which rules', () => {
  const said = jobsem.simulate(job({ backoffLimit: 1 }), { pods: { 'attempt 1': { exit: 1 } } })
  assert.equal(said.outcome.verdict, 'succeeded')
  assert.deepEqual(
    said.pods.map((pod) => pod.exitCode),
    [1, undefined],
  )
  assert.ok(said.lines.some((line) => line.rule))
})

test('a cluster runs a Job to its end', () => {
  const cluster = new jobsem.Cluster()
  let now = 946_684_801_000_000_000n
  cluster.create(now, job({ completions: 3, parallelism: 2, completionMode: 'Indexed' }))
  for (let turns = 0; turns < 100; turns++) {
    for (const { type, pod } of cluster.work()) {
      if (type === 'start') cluster.report(now, pod, { exited: 0 })
    }
    const next = cluster.nextWakeup()
    if (!next) break
    assert.ok(next.atNs >= now && BigInt(next.at.getTime()) * 1_000_000n >= next.atNs)
    now = next.atNs
    cluster.handleTimeout(now)
  }
  assert.equal(cluster.job('pi').status.completedIndexes, '0-2')
  assert.equal(cluster.job('another'), undefined)
  assert.throws(() => cluster.handleTimeout(now - 1n), refused('TIME_WENT_BACK'))
  assert.throws(() => cluster.create(now, job()), refused('ALREADY_EXISTS'))
})

test('a controller asks for a pod', () => {
  const controller = new jobsem.Controller({ explain: true })
  const stored = {
    ...job({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
    }),
  }
  stored.metadata = {
    name: 'pi',
    namespace: 'default',
    uid: 'u',
    creationTimestamp: '2000-01-01T00:00:00Z',
  }
  stored.spec.template = {
    ...stored.spec.template,
    metadata: { labels: { 'batch.kubernetes.io/controller-uid': 'u' } },
  }
  controller.handleList(new Date('2000-01-01T00:00:01Z'), [stored])
  let requests = controller.requests()
  for (let turn = 2; requests.length === 0 && turn < 5; turn++) {
    controller.handleTimeout(`2000-01-01T00:00:0${turn}Z`)
    requests = controller.requests()
  }
  assert.ok(requests.length > 0 && typeof requests[0].id === 'number')
  controller.handleResult('2000-01-01T00:00:06Z', requests[0], { ...stored, kind: 'Job' })
  assert.throws(() => controller.handleResult('2000-01-01T00:00:07Z', 99), refused('STATE'))
})

test('cleanup and schedules say when', () => {
  const due = new jobsem.CleanupScheduler()
  due.add(7, new Date(1_000_000), 100)
  assert.equal(due.due(7).toISOString(), '1970-01-01T00:18:20.000Z')
  assert.equal(due.size, 1)
  assert.deepEqual(due.allDue(new Date(1_100_000)), [7])
  const schedule = new jobsem.CronSchedule('30 2 * * *', { zone: 'Europe/Berlin' })
  assert.equal(
    schedule.next(new Date('2026-06-01T00:00:00Z')).toISOString(),
    '2026-06-01T00:30:00.000Z',
  )
  const from = new Date('2361-01-01T00:00:00Z')
  const [far] = new jobsem.CronSchedule('@every 999999h').upcoming(from, 1)
  assert.equal(far - from, 999_999 * 3_600_000)
  assert.throws(() => new jobsem.CronSchedule('x'), refused('DECODE'))
})

test('a cluster runs a CronJob, which can be seen, changed and deleted', () => {
  const cluster = new jobsem.Cluster()
  let now = 946_684_801_000_000_000n
  cluster.create(now, {
    kind: 'CronJob',
    metadata: { name: 'nightly' },
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: job().spec } },
  })
  while (cluster.jobs().length === 0) {
    now = cluster.nextWakeup().atNs
    cluster.handleTimeout(now)
  }
  assert.equal(cluster.cronJobs().length, 1)
  assert.equal(cluster.cronJob('nightly').spec.schedule, '*/5 * * * *')
  assert.equal(cluster.wakeupOfCronJob('nightly').reason, 'schedule')
  cluster.patchCronJob(now, 'nightly', { spec: { suspend: true } })
  assert.equal(cluster.cronJob('nightly').spec.suspend, true)
  cluster.deleteCronJob(now, 'nightly')
  assert.deepEqual(cluster.cronJobs(), [])
  assert.throws(() => cluster.deleteCronJob(now, 'nightly'), refused('NOT_FOUND'))
})

test('a report names a container and an exit code that can be', () => {
  const exitCode = (report) => {
    const cluster = new jobsem.Cluster()
    const now = 946_684_801_000_000_000n
    cluster.create(now, job())
    const [{ pod }] = cluster.work()
    cluster.report(now, pod.metadata.name, report)
    return cluster.pod(pod.metadata.name).status.containerStatuses[0].state.terminated.exitCode
  }
  assert.equal(exitCode({ exited: 3 }), 3)
  assert.equal(exitCode({ exited: -9 }), 137)
  assert.throws(() => exitCode({ exited: 3, container: 'side' }), refused('NOT_FOUND'))
  for (const exited of [256, -128]) assert.throws(() => exitCode({ exited }), refused('DECODE'))
})

test('a pod named without its namespace is found or refused', () => {
  const cluster = new jobsem.Cluster()
  const now = 946_684_801_000_000_000n
  const own = job()
  own.metadata = { ...own.metadata, namespace: 'batch' }
  cluster.create(now, own)
  const [{ pod }] = cluster.work()
  cluster.report(now, pod.metadata.name, { exited: 0 })
  const found = cluster.pod(pod.metadata.name, { namespace: 'batch' })
  assert.equal(found.status.phase, 'Succeeded')
  assert.throws(() => cluster.report(now, 'nothing', { exited: 0 }), refused('NOT_FOUND'))
  cluster.report(now, 'nothing', { exited: 0, namespace: 'batch' })
})

test('an invocation has the completion index', () => {
  const cluster = new jobsem.Cluster()
  const own = job({ completions: 2, parallelism: 2, completionMode: 'Indexed' })
  cluster.create(946_684_801_000_000_000n, own)
  const indexes = cluster.work().map(({ pod }) => cluster.invocation(pod).env.JOB_COMPLETION_INDEX)
  assert.deepEqual(indexes, ['0', '1'])
})

test('what is no Job is refused, not pending', () => {
  const wrong = [
    { active: 1 },
    {},
    { items: [] },
    { spec: { containers: [] } },
    { metadata: { name: 'pi' }, status: { start_time: null } },
    new Map(),
    Promise.resolve(job()),
    { metadata: { name: () => 'pi' } },
    [],
  ]
  for (const document of wrong) {
    assert.throws(() => jobsem.outcome(document), refused('DECODE'), JSON.stringify(document))
  }
  const failing = { status: { conditions: [{ type: 'FailureTarget', status: 'True' }] } }
  assert.equal(jobsem.outcome(failing).decided, false)
  assert.equal(jobsem.outcome(job()).decided, undefined)
})

test('seconds passed as nanoseconds are refused', () => {
  const cluster = new jobsem.Cluster()
  for (const wrong of [0n, 1_700_000_000n, BigInt(Date.now())]) {
    assert.throws(() => cluster.handleTimeout(wrong), TypeError)
  }
  cluster.handleTimeout(new Date(5000))
})

test('the admitted object is what the server stores', () => {
  const { object, warnings } = jobsem.admit(job(), new Date())
  assert.equal(object.spec.backoffLimit, 6)
  assert.deepEqual(warnings, [])
  const changed = { ...object, spec: { ...object.spec, parallelism: 3 } }
  const updated = jobsem.admit(changed, new Date(), { updateFrom: object })
  assert.equal(updated.object.spec.parallelism, 3)
  assert.throws(() => jobsem.admit(job({ backoffLimit: -1 }), new Date()), refused('INVALID'))
})

test('cleanup says when, what and in which order', () => {
  const stored = job({ ttlSecondsAfterFinished: 10 })
  assert.equal(jobsem.expiry(stored), undefined)
  stored.status = {
    conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: '2024-01-01T00:00:00Z' }],
  }
  assert.equal(jobsem.expiry(stored).toISOString(), '2024-01-01T00:00:10.000Z')
  const runs = [{ name: 'a' }, { name: 'b', start: '2024-01-01T00:00:00Z' }]
  assert.deepEqual(jobsem.excess(1, runs), [1])
  const steps = jobsem.deletionPlan(
    { id: 'job', owns: [{ id: 'pod' }] },
    { propagation: 'Foreground' },
  )
  assert.deepEqual([steps.at(-1).id, steps.at(-1).kind], ['job', 'remove'])
})

test('the other controllers work over an API of the host', () => {
  const ttl = new jobsem.Controller({ kind: 'ttl' })
  const stored = job({ ttlSecondsAfterFinished: 10 })
  stored.metadata = { name: 'pi', namespace: 'default', uid: 'u' }
  stored.status = {
    conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: '2024-01-01T00:00:00Z' }],
  }
  ttl.handleList('2024-01-01T00:00:00Z', [stored])
  const wakeup = ttl.wakeupOf('pi')
  const after = wakeup.at - new Date('2024-01-01T00:00:00Z')
  assert.ok(after >= 10_000 && after < 11_000, String(after))
  ttl.handleTimeout(wakeup.atNs)
  assert.equal(ttl.requests().length, 1)
  ttl.restart('2024-01-01T00:01:00Z')
  assert.deepEqual(ttl.requests(), [])
  assert.throws(() => new jobsem.Controller({ kind: 'node' }), refused('UNSUPPORTED'))
})

test('what cannot be an argument is told', () => {
  assert.throws(() => jobsem.outcome(null), TypeError)
  assert.throws(() => jobsem.reconcile(job(), [], 5), TypeError)
  assert.throws(() => jobsem.simulate(job(), { kube: '1.2' }), jobsem.JobsemError)
})

test('a panic is an INTERNAL error, and its object is unusable then', () => {
  const cluster = new jobsem.Cluster()
  assert.throws(() => cluster._call('panic', {}), refused('INTERNAL'))
  assert.throws(() => cluster.jobs(), refused('INTERNAL'))
})

test('worker threads load and unload the addon', async () => {
  const url = new URL('../index.mjs', import.meta.url).href
  const text = `import(${JSON.stringify(url)}).then(({ KUBE_VERSIONS }) => {
    if (KUBE_VERSIONS.length !== 9) process.exit(3)
  })`
  const codes = await Promise.all(
    Array.from(
      { length: 4 },
      () =>
        new Promise((done) => {
          new Worker(text, { eval: true }).on('exit', done)
        }),
    ),
  )
  assert.deepEqual(codes, [0, 0, 0, 0])
})
