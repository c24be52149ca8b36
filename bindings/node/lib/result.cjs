'use strict'

// What comes of a run.

const seconds = (from, at) => (at.getTime() - from.getTime()) / 1000

/** What came of a Job that was run. */
class RunResult {
  #indexes

  constructor(told, indexes, JobFailed) {
    Object.assign(this, told)
    this.#indexes = indexes
    Object.defineProperty(this, '_JobFailed', { value: JobFailed })
  }

  get succeeded() {
    return this.outcome.verdict === 'succeeded'
  }

  get status() {
    return this.job.status ?? {}
  }

  /** What came of each index; empty unless the Job is Indexed. */
  get indexes() {
    if (this.#indexes === undefined) return []
    const { completions, completed, failed } = this.#indexes
    const out = Array.from({ length: completions }, (_, index) => ({
      index,
      status: 'incomplete',
      attempts: [],
    }))
    for (const index of completed) out[index].status = 'succeeded'
    for (const index of failed) out[index].status = 'failed'
    for (const attempt of this.attempts) {
      const one = out[attempt.index]
      if (one === undefined) continue
      one.attempts.push(attempt)
      if (attempt.exitCode === 0) one.value = attempt.value
      else one.error = attempt.error
    }
    return out
  }

  /** What the worker returned: by index, or in the order of the ends if there are none. */
  get values() {
    if (this.#indexes !== undefined) return this.indexes.map(({ value }) => value)
    return this.attempts.filter(({ exitCode }) => exitCode === 0).map(({ value }) => value)
  }

  /** The result itself; throws if the Job is not Complete. */
  check() {
    if (!this.succeeded) throw new this._JobFailed(this)
    return this
  }

  /** What happened, line by line. */
  get text() {
    const lines = []
    const add = (at, what) => lines.push([Math.max(0, seconds(this.started, at)), what])
    for (const { pod, number, started, ended, exitCode, disrupted } of this.attempts) {
      add(started, `pod/${pod}  starts, attempt ${number}`)
      add(ended, `pod/${pod}  ends with ${exitCode}${disrupted ? ', disrupted' : ''}`)
    }
    for (const { time, kind, name, type, reason, message } of this.events) {
      add(new Date(time), `${kind.toLowerCase()}/${name}  event ${type} ${reason}: ${message}`)
    }
    for (const { time, rule, text } of this.notes) add(new Date(time), `${rule}  ${text}`)
    for (const { lastTransitionTime, type, status, reason } of this.status.conditions ?? []) {
      add(new Date(lastTransitionTime), `condition ${type}=${status}${reason ? ` ${reason}` : ''}`)
    }
    lines.sort((a, b) => a[0] - b[0])
    return lines.map(([at, what]) => `${`${at}s`.padStart(10)}  ${what}\n`).join('')
  }
}

/** How a run goes, as one line. */
function progressLine({ name, verdict, succeeded, completions, running, failed, backoffUntil }) {
  const of = completions === undefined ? '' : `/${completions}`
  const next = backoffUntil ? `, next try at ${backoffUntil.toISOString().slice(11, 19)}` : ''
  const ended = `${succeeded}${of} succeeded, ${running} running, ${failed} failed`
  return `${name}: ${verdict}, ${ended}${next}`
}

module.exports = { RunResult, progressLine }
