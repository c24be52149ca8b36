import { outcome, run, VirtualClock, type Job, type Verdict } from 'jobsem'
import { simulate } from 'jobsem/testing'

const job: Job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'pi' },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'perl' }] } },
  },
}
const verdict: Verdict = outcome(job).verdict
const result = await run(job, (ctx) => ctx.attempt, { clock: new VirtualClock() })
const attempts: (number | undefined)[] = result.values
simulate(job).succeeds()
console.log('ts', verdict, attempts)
