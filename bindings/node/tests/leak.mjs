// Memory stays where it is: `cargo xtask node leaks`, with the number of calls as the argument.
import {
  Cluster,
  CleanupScheduler,
  CronSchedule,
  JobsemError,
  VirtualClock,
  outcome,
  reconcile,
  run,
  simulate,
  validate,
} from '../index.mjs'

const calls = Number(process.argv[2] ?? 1_000_000)
const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'work' },
  spec: {
    backoffLimit: 1,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } },
  },
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

const seen = []
for (let tenth = 0; tenth < 10; tenth++) {
  await round(calls / 10)
  seen.push(await rest())
}
const told = (name) => `${name} ${seen.map((one) => one[name].toFixed(0)).join(' ')} MiB`
console.log(`${calls} calls, a tenth after the other: ${told('heap')}; ${told('rss')}`)
// Engine and allocator grow to what they need at first; a leak goes on. 8 bytes a call would be
// 4 MB in half a million.
const grown = (name) =>
  Math.min(...seen.slice(-2).map((one) => one[name])) -
  Math.max(...seen.slice(3, 6).map((one) => one[name]))
if (grown('heap') > 1 || grown('rss') > 4) {
  console.log(
    `grown by ${grown('heap').toFixed(1)} and ${grown('rss').toFixed(1)} MiB in the second half`,
  )
  process.exit(1)
}
