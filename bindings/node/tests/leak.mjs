// Memory stays where it is: `node --expose-gc leak.mjs CALLS`, a million by default.
import { Cluster, CleanupScheduler, CronSchedule, JobsemError, VirtualClock, outcome, reconcile, run, simulate, validate } from '../index.mjs'

const calls = Number(process.argv[2] ?? 1_000_000)
const job = {
  apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work' },
  spec: { backoffLimit: 1, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } } },
}
const now = new Date('2026-01-01T00:00:00Z')
const wrong = 'kind: Job\nspec: ['
const refuses = (work) => {
  try {
    work()
  } catch (error) {
    if (error instanceof JobsemError) return
    throw error
  }
  throw new Error('not refused')
}
const kinds = [
  () => outcome(job),
  () => validate(job),
  () => reconcile(job, [], now),
  () => refuses(() => validate(wrong)),
  () => refuses(() => new CronSchedule('never')),
  () => new CronSchedule('@hourly').next(now),
  () => new CleanupScheduler().add(1, now, 5),
  () => {
    const cluster = new Cluster()
    cluster.create(now, job)
    for (const { pod } of cluster.work()) cluster.report(now, pod, { exited: 1 })
    cluster.events()
  },
]
async function round(n) {
  for (let i = 0; i < n; i++) {
    kinds[i % kinds.length]()
    // Objects are let go by finalizers, which have their turn only between tasks.
    if (i % 1000 === 0) await new Promise(setImmediate)
  }
  for (let i = 0; i < n / 1000; i++) {
    simulate(job, { pods: { 'attempt 1': { exit: 1 } } })
    await run(job, () => {}, { clock: new VirtualClock() })
  }
}
async function rest() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await new Promise((done) => setTimeout(done, 20))
  }
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20 }
}

await round(Math.max(calls / 10, 20_000))
const before = await rest()
await round(calls)
const after = await rest()
const told = (name) => `${name} ${before[name].toFixed(1)} MiB before, ${after[name].toFixed(1)} MiB after`
console.log(`${calls} calls: ${told('heap')}; ${told('rss')}`)
// A leak of 8 bytes a call would be 8 MB in a million; allocators keep some of what they had.
if (after.heap - before.heap > 4 || after.rss - before.rss > 24) process.exit(1)
