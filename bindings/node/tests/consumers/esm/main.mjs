import { readFileSync } from 'node:fs'

import {
  Cluster,
  KUBE_VERSIONS,
  VirtualClock,
  outcome,
  run,
  simulate,
  validate,
  version,
} from 'jobsem'
import { Pods, simulate as play } from 'jobsem/testing'

const text = `apiVersion: batch/v1
kind: Job
metadata: {name: pi}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: perl}]
`
if (!validate(text).valid || outcome(text).verdict !== 'pending') throw new Error('not valid')
if (simulate(text).outcome.verdict !== 'succeeded' || KUBE_VERSIONS.length < 9)
  throw new Error('not simulated')
play(text, new Pods().exits(1)).succeeds().counts({ failed: 1 })
const result = await run(
  text,
  async (ctx) => {
    await ctx.sleep(3600)
    return 5
  },
  { clock: new VirtualClock() },
)
if (result.check().values[0] !== 5 || !(new Cluster() instanceof Cluster))
  throw new Error('not run')
const { version: packed } = JSON.parse(
  readFileSync(new URL(import.meta.resolve('jobsem/package.json'))),
)
if (packed !== version) throw new Error(`${packed} is not ${version}`)
console.log('esm', version)
