'use strict'

// Scripts of pods and assertions on timelines, for tests of manifests with any runner.

const { AssertionError } = require('node:assert')

module.exports = function testing(play) {
  /** What pods do, in the order in which they do it. */
  class Pods {
    #script = {}
    #who
    #next = new Map()

    /** What follows is about this completion index. */
    index(index) {
      this.#who = index
      return this
    }

    /** What follows is about every index; of a Job that is not Indexed, about its pods. */
    each() {
      this.#who = undefined
      return this
    }

    /** What all pods do of which nothing else is said. */
    all(does) {
      this.#script['*'] = does
      return this
    }

    exits(code, { times = 1, ...does } = {}) {
      return this.#attempts(times, { exit: code, ...does })
    }

    runs(duration, { times = 1, ...does } = {}) {
      return this.#attempts(times, { run: duration, ...does })
    }

    hangs({ times = 1, ...does } = {}) {
      return this.#attempts(times, { run: 'forever', ...does })
    }

    isDisrupted({ times = 1, ...does } = {}) {
      return this.#attempts(times, { exit: 143, disrupted: true, ...does })
    }

    /** The same as `simulate` takes it. */
    script() {
      return structuredClone(this.#script)
    }

    #attempts(times, does) {
      if (!Number.isInteger(times) || times < 1) throw new RangeError('times is 1 or more')
      for (let i = 0; i < times; i++) {
        const attempt = this.#next.get(this.#who) ?? 1
        this.#next.set(this.#who, attempt + 1)
        const which = this.#who === undefined ? '' : `index ${this.#who} `
        this.#script[`${which}attempt ${attempt}`] = does
      }
      return this
    }
  }
  for (const name of ['exits', 'runs', 'hangs', 'isDisrupted']) {
    Pods.prototype[`then${name[0].toUpperCase()}${name.slice(1)}`] = Pods.prototype[name]
  }

  const told = ({ verdict, reason }) => (reason ? `${verdict} (${reason})` : verdict)

  /** A timeline, and what may be asserted of it. Every assertion returns the same object. */
  class Sim {
    constructor(timeline) {
      this.timeline = timeline
    }

    get outcome() {
      return this.timeline.outcome
    }

    get pods() {
      return this.timeline.pods
    }

    get status() {
      return this.timeline.job.status ?? {}
    }

    verdict(verdict, { reason } = {}) {
      const { outcome } = this
      this.#hold(
        outcome.verdict === verdict,
        `the Job is ${told(outcome)}, not ${verdict}`,
        outcome.verdict,
        verdict,
      )
      this.#hold(
        reason === undefined || outcome.reason === reason,
        `the reason is ${outcome.reason}, not ${reason}`,
        outcome.reason,
        reason,
      )
      return this
    }

    succeeds(options) {
      return this.verdict('succeeded', options)
    }

    fails(options) {
      return this.verdict('failed', options)
    }

    hasCondition(type, { reason, after, before } = {}) {
      const { conditions } = this.timeline
      const mark = conditions.find((one) => one.type === type && one.status === 'True')
      const came = conditions.map((one) => `${one.type}=${one.status}`).join(', ') || 'none'
      this.#hold(mark !== undefined, `there was no condition ${type}; there were: ${came}`)
      this.#hold(
        reason === undefined || mark.reason === reason,
        `the reason of ${type} is ${mark.reason}, not ${reason}`,
        mark.reason,
        reason,
      )
      this.#hold(
        after === undefined || mark.at >= after,
        `${type} came at ${mark.at}s, not after ${after}s`,
      )
      this.#hold(
        before === undefined || mark.at <= before,
        `${type} came at ${mark.at}s, not before ${before}s`,
      )
      return this
    }

    hasNoCondition(type) {
      const mark = this.timeline.conditions.find(
        (one) => one.type === type && one.status === 'True',
      )
      this.#hold(mark === undefined, `there was the condition ${type}, at ${mark?.at}s`)
      return this
    }

    /** So many pods were created, in all or of one index. */
    createdPods(count, { index } = {}) {
      const pods = index === undefined ? this.pods : this.pods.filter((pod) => pod.index === index)
      const of = index === undefined ? '' : ` of index ${index}`
      this.#hold(
        pods.length === count,
        `${pods.length} pods${of} were created, not ${count}`,
        pods.length,
        count,
      )
      return this
    }

    /** What the status counts at the end: `{ succeeded: 3, failed: 1 }`. */
    counts(counts) {
      for (const [name, wanted] of Object.entries(counts)) {
        const found = this.status[name] ?? 0
        this.#hold(found === wanted, `status.${name} is ${found}, not ${wanted}`, found, wanted)
      }
      return this
    }

    /** Which indexes the status has, as it spells them: `{ completed: '0,2-4' }`. */
    indexes({ completed, failed }) {
      for (const [name, wanted] of [
        ['completedIndexes', completed],
        ['failedIndexes', failed],
      ]) {
        const found = this.status[name] ?? ''
        this.#hold(
          wanted === undefined || found === wanted,
          `status.${name} is '${found}', not '${wanted}'`,
          found,
          wanted,
        )
      }
      return this
    }

    /** How long the Job takes, in seconds. */
    takes({ atLeast, atMost }) {
      const { end } = this.timeline
      this.#hold(
        atLeast === undefined || end >= atLeast,
        `it took ${end}s, not ${atLeast}s or more`,
      )
      this.#hold(atMost === undefined || end <= atMost, `it took ${end}s, not ${atMost}s or less`)
      return this
    }

    /** No more pods than that run at the same time. */
    runsAtOnce(most) {
      const edges = this.pods
        .filter((pod) => pod.running !== undefined)
        .flatMap((pod) => [
          [pod.running, 1],
          [pod.ended ?? pod.gone ?? this.timeline.end, -1],
        ])
      edges.sort(([a, x], [b, y]) => a - b || x - y)
      let [running, peak] = [0, 0]
      for (const [, change] of edges) peak = Math.max(peak, (running += change))
      this.#hold(peak <= most, `${peak} pods ran at once, more than ${most}`, peak, most)
      return this
    }

    /** An Event of that reason was recorded, with that in its message. */
    hasEvent(reason, { containing = '' } = {}) {
      const found = this.timeline.events.filter((event) => event.reason === reason)
      const said = found.map((event) => event.message).join('; ') || 'none'
      const there = found.some((event) => event.message.includes(containing))
      this.#hold(there, `no event ${reason} with '${containing}'; there were: ${said}`)
      return this
    }

    /** A decision was made by that rule of docs/semantics. */
    decidedBy(rule) {
      this.#hold(
        this.timeline.lines.some((line) => line.rule === rule),
        `no decision was made by ${rule}`,
      )
      return this
    }

    #hold(holds, text, actual, expected) {
      if (holds) return
      throw new AssertionError({
        message: `${text}\n\n${this.timeline.text}`,
        actual,
        expected,
        operator: 'jobsem',
        stackStartFn: this.#hold,
      })
    }
  }

  /** `simulate`, with assertions. */
  function simulate(manifest, pods, options = {}) {
    const script = pods instanceof Pods ? pods.script() : pods
    return new Sim(play(manifest, { ...options, pods: script }))
  }

  /** One matcher for each assertion: `expect(sim).toFail({ reason })`, for `expect.extend`. */
  const names = {
    toSucceed: 'succeeds',
    toFail: 'fails',
    toHaveCondition: 'hasCondition',
    toHaveCreatedPods: 'createdPods',
    toHaveCounts: 'counts',
    toHaveIndexes: 'indexes',
    toTake: 'takes',
    toRunAtOnce: 'runsAtOnce',
    toHaveEvent: 'hasEvent',
    toBeDecidedBy: 'decidedBy',
  }
  const matchers = Object.fromEntries(
    Object.entries(names).map(([name, assertion]) => [
      name,
      (sim, ...given) => {
        if (!(sim instanceof Sim))
          throw new TypeError(`${name} is about what simulate of jobsem/testing gives`)
        try {
          sim[assertion](...given)
          return {
            pass: true,
            message: () => `${name} should not hold, and does\n\n${sim.timeline.text}`,
          }
        } catch (error) {
          if (!(error instanceof AssertionError)) throw error
          return {
            pass: false,
            message: () => error.message,
            actual: error.actual,
            expected: error.expected,
          }
        }
      },
    ]),
  )

  return { Pods, Sim, matchers, simulate }
}
