// 1,000 items with retries on worker threads: each item is an index with three tries.
import { availableParallelism } from 'node:os'

import { Clock, ThreadWorker, run } from 'jobsem'

const ITEMS = 1000
const job = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'items' },
  spec: {
    completions: ITEMS,
    parallelism: 4 * availableParallelism(),
    completionMode: 'Indexed',
    backoffLimitPerIndex: 2,
    maxFailedIndexes: 10,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'none' }] } },
  },
}

// Back-offs of ten seconds pass in a tenth; leave the clock out for Kubernetes' own pace.
const clock = new Clock({ speed: 100 })
const job1000 = run(job, new ThreadWorker(new URL('item.mjs', import.meta.url)), { clock })
for await (const { reason, message } of job1000.events()) {
  if (reason === 'Completed') console.log(message)
}
const result = (await job1000).check()
const retried = result.indexes.filter(({ attempts }) => attempts.length > 1).length
console.log(
  `${result.values.length} items, ${retried} retries, sum ${result.values.reduce((a, b) => a + b)}`,
)
