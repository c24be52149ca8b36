// A host of your own: the cluster says which pods to run, the host says what became of them.
import { readFileSync } from 'node:fs'

import { Cluster, outcome } from 'jobsem'

const manifest = readFileSync(new URL('../pi.yaml', import.meta.url), 'utf8')
const second = 1_000_000_000n
let now = BigInt(Date.UTC(2024, 0, 1)) * 1_000_000n
const clock = (at) => at.toISOString().slice(11, 19)

const cluster = new Cluster({ kube: '1.37', explain: true })
const { name } = cluster.create(now, manifest)
const codes = [1, 0] // the first pod fails, its replacement succeeds

for (;;) {
  for (const { type, pod } of cluster.work()) {
    if (type === 'start') {
      now += 3n * second
      cluster.report(now, pod, { exited: codes.shift() })
    } else {
      cluster.report(now, pod, { removed: true })
    }
  }
  if (outcome(cluster.job(name)).isFinal) break
  const wakeup = cluster.nextWakeup()
  console.log(clock(wakeup.at), wakeup.reason)
  now = wakeup.atNs
  cluster.handleTimeout(now)
}

const { verdict, reason } = outcome(cluster.job(name))
console.log(verdict, reason)
for (const note of cluster.notes())
  console.log(clock(new Date(note.time)), `${note.text} [${note.rule}]`)
