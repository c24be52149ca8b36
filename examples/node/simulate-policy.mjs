// Try a manifest before a cluster does: what becomes of it if index 2 always fails?
import { readFileSync } from 'node:fs'

import { simulate } from 'jobsem'

const manifest = readFileSync(new URL('../indexed-backoff-per-index.yaml', import.meta.url), 'utf8')

const timeline = simulate(manifest, {
  pods: { 'index 2': { exit: 1 }, 'index 1 attempt 1': { exit: 143, disrupted: true } },
  kube: '1.37',
})
console.log(timeline.text)
console.log(timeline.outcome.verdict, timeline.outcome.reason)
for (const { name, phase, exitCode = 0 } of timeline.pods)
  console.log(`${name}: ${phase}, exit code ${exitCode}`)
