// Judge a Job that was dumped: `kubectl get job pi -o json | node wait-for-job.mjs`.
//
// Exit codes: 0 Complete, 1 Failed (or certain to fail), 3 not decided yet.
import { readFileSync } from 'node:fs'

import { outcome } from 'jobsem'

const sample = {
  status: {
    active: 1,
    startTime: '2024-01-01T00:00:00Z',
    conditions: [{ type: 'FailureTarget', status: 'True', reason: 'BackoffLimitExceeded' }],
  },
}

const piped = process.stdin.isTTY ? '' : readFileSync(0, 'utf8')
const { verdict, reason } = outcome(piped.trim() || sample)
console.log(verdict, reason)
const codes = { succeeded: 0, 'will-succeed': 0, failed: 1, 'will-fail': 1 }
if (piped.trim()) process.exitCode = codes[verdict] ?? 3
