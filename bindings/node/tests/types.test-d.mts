// Compiled, and not run: what the types have to allow and to refuse.
import {
  Clock,
  Cluster,
  Command,
  Exit,
  JobFailed,
  JobsemError,
  ThreadWorker,
  outcome,
  reconcile,
  run,
  simulate,
  validate,
  type Job,
  type Outcome,
  type Plan,
  type Pod,
  type Scenario,
  type Verdict,
} from 'jobsem'
import { Pods, simulate as play, type Sim } from 'jobsem/testing'

const job: Job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'pi' },
  spec: {
    completionMode: 'Indexed',
    completions: 3,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'perl' }] } },
  },
}
// @ts-expect-error a misspelled member
const misspelled: Job = { ...job, spec: { ...job.spec, completionss: 3 } }
// @ts-expect-error absent is absent, and never null
const isNull: Job = { ...job, spec: { ...job.spec, completions: null } }
// @ts-expect-error a literal, and no text
const mode: Job['spec']['completionMode'] = 'indexed'

const said: Outcome = outcome(job)
const verdict: Verdict = said.verdict
// @ts-expect-error there is no such verdict
said.verdict === 'done'
const since: Date | undefined = said.since
validate('kind: Job', { kube: '1.34', fieldValidation: 'Warn' }).findings[0]?.line?.toFixed()
// @ts-expect-error a number is no document
outcome(5)

const plan: Plan = reconcile(job, [] satisfies Pod[], new Date(), { explain: true })
for (const call of plan.requests) {
  if (call.verb === 'create' && call.resource === 'pods') call.object satisfies Pod
  // @ts-expect-error only a patch has one
  if (call.verb === 'get') call.patch
}
const cluster = new Cluster({ kube: '1.30' })
for (const work of cluster.work()) {
  if (work.type === 'stop') work.graceSeconds?.toFixed()
  cluster.report(5n, work.pod, { exited: 0 })
  // @ts-expect-error one of them
  cluster.report(5n, work.pod, {})
}
const scenario: Scenario = { id: 'x' }
void [scenario, misspelled, isNull, mode, verdict, since, JobsemError]

const sim: Sim = play(job, new Pods().index(1).exits(42, { times: 2 }).thenHangs(), {
  kube: '1.34',
})
sim.fails({ reason: 'BackoffLimitExceeded' }).counts({ failed: 2 })
simulate(job, { pods: { '*': { run: '10s' } } }).text.trim()

const result = await run(
  job,
  async (ctx) => {
    await ctx.sleep(5)
    ctx.signal.throwIfAborted()
    if (ctx.index === 2) throw new Exit(42)
    return { index: ctx.index }
  },
  {
    clock: new Clock({ speed: 2 }),
    signal: AbortSignal.timeout(1000),
    onProgress: (p) => p.running.toFixed(),
  },
)
const index: number | undefined = result.values[0]?.index
const text: string | undefined = (await run(job, new Command(['true'], { capture: true })))
  .values[0]
const made = (
  await run(job, new ThreadWorker<number>(new URL('worker.mjs', import.meta.url)))
).check().values
made satisfies (number | undefined)[]
for await (const event of run(job, () => {}).events()) event.reason satisfies string
try {
  result.check()
} catch (error) {
  if (error instanceof JobFailed) error.result.outcome.reason satisfies string
}
void [index, text]
