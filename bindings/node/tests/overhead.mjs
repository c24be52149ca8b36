// What the package costs: `cargo xtask node overhead`.
import { performance } from 'node:perf_hooks'

import { Cluster, VirtualClock, outcome, reconcile, run } from '../index.mjs'

const job = (spec = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work' },
  spec: {
    ...spec,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } },
  },
})
const line = (what, us) => console.log(`${what.padEnd(64)} ${us.toFixed(2).padStart(9)} us`)

/** The best of some rounds, in microseconds a call. */
async function measure(what, calls, work, rounds = 5) {
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    await work(calls)
    best = Math.min(best, ((performance.now() - start) * 1000) / calls)
  }
  line(what, best)
  return best
}

const done = {
  ...job(),
  status: {
    conditions: [{ type: 'Complete', status: 'True', reason: 'CompletionsReached' }],
    succeeded: 1,
  },
}
const text = JSON.stringify(done)
await measure('outcome of an object', 20_000, (n) => {
  for (let i = 0; i < n; i++) outcome(done)
})
await measure('outcome of text', 20_000, (n) => {
  for (let i = 0; i < n; i++) outcome(text)
})
const now = new Date('2026-01-01T00:00:00Z')
await measure('reconcile without pods', 5_000, (n) => {
  for (let i = 0; i < n; i++) reconcile(job(), [], now)
})
{
  const cluster = new Cluster()
  cluster.create(now, job({ completions: 2000, parallelism: 2000 }))
  const started = cluster.work()
  await measure(
    'typed report of a pod',
    started.length,
    () => {
      for (const { pod } of started) cluster.report(now, pod.metadata.name, { running: true })
    },
    1,
  )
  await measure('a status (job of a cluster)', 20_000, (n) => {
    for (let i = 0; i < n; i++) cluster.job('work')
  })
}

const workers = 10_000
const trivial = async () => undefined
// In virtual time: the pace of Kubernetes, which looks once a second, is no overhead.
for (const parallelism of [100, 1000, 10_000]) {
  await measure(
    `run of ${workers} async workers, ${parallelism} at once: a worker`,
    workers,
    async (n) => {
      const result = await run(job({ completions: n, parallelism }), trivial, {
        clock: new VirtualClock(),
      })
      if (result.attempts.length !== n) throw new Error(`${result.attempts.length} attempts`)
    },
    3,
  )
}
const peers = await Promise.all([import('p-limit'), import('p-retry')]).catch(() => undefined)
if (peers) {
  const [{ default: pLimit }, { default: pRetry }] = peers
  for (const parallelism of [100, 10_000]) {
    await measure(
      `p-retry + p-limit, ${parallelism} at once`,
      workers,
      async (n) => {
        const limit = pLimit(parallelism)
        await Promise.all(
          Array.from({ length: n }, () => limit(() => pRetry(trivial, { retries: 6 }))),
        )
      },
      3,
    )
  }
} else console.log('p-limit and p-retry are not installed: not compared')
