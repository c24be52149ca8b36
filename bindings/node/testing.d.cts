// Types of `jobsem/testing`.

import type {
  Document,
  Job,
  JobStatus,
  Outcome,
  PodBehaviour,
  PodLane,
  SimulateOptions,
  Timeline,
  Verdict,
} from './index.cjs'

export interface AttemptOptions extends PodBehaviour {
  /** So do that many attempts, one after the other; 1 by default. */
  times?: number
}

/**
 * What pods do, in the order in which they do it.
 *
 * Nothing said: a pod starts within a second, runs for five and succeeds. `index`, `each` and
 * `all` say which pods are meant by what follows.
 */
export class Pods {
  /** What follows is about this completion index. */
  index(index: number): this
  /** What follows is about every index; of a Job that is not Indexed, about its pods. */
  each(): this
  /** What all pods do of which nothing else is said. */
  all(does: PodBehaviour): this
  /** The next attempt ends with `code`. */
  exits(code: number, options?: AttemptOptions): this
  thenExits(code: number, options?: AttemptOptions): this
  /** The next attempt runs so long, and succeeds unless `exit` says otherwise. */
  runs(duration: string | number, options?: AttemptOptions): this
  thenRuns(duration: string | number, options?: AttemptOptions): this
  /** The next attempt never ends by itself. */
  hangs(options?: AttemptOptions): this
  thenHangs(options?: AttemptOptions): this
  /** The next attempt fails because its node drains: with DisruptionTarget. */
  isDisrupted(options?: AttemptOptions): this
  thenIsDisrupted(options?: AttemptOptions): this
  /** The same as `simulate` of `jobsem` takes it. */
  script(): Record<string, PodBehaviour>
}

/**
 * A timeline, and what may be asserted of it.
 *
 * Every assertion returns the same object, or throws an `AssertionError` whose message has the
 * timeline.
 */
export class Sim {
  constructor(timeline: Timeline)
  readonly timeline: Timeline
  readonly outcome: Outcome
  readonly pods: readonly PodLane[]
  readonly status: JobStatus
  verdict(verdict: Verdict, options?: { reason?: string }): this
  succeeds(options?: { reason?: string }): this
  fails(options?: { reason?: string }): this
  /** The condition held at some time; `after` and `before` bound when it came, in seconds. */
  hasCondition(type: string, options?: { reason?: string; after?: number; before?: number }): this
  hasNoCondition(type: string): this
  createdPods(count: number, options?: { index?: number }): this
  counts(counts: {
    [K in 'active' | 'ready' | 'succeeded' | 'failed' | 'terminating']?: number
  }): this
  indexes(options: { completed?: string; failed?: string }): this
  /** How long the Job takes, in seconds. */
  takes(options: { atLeast?: number; atMost?: number }): this
  runsAtOnce(most: number): this
  hasEvent(reason: string, options?: { containing?: string }): this
  /** A decision was made by that rule of docs/semantics. */
  decidedBy(rule: string): this
}

/** `simulate` of `jobsem`, with assertions. */
export function simulate(
  manifest: Document<Job>,
  pods?: Pods | Record<string, PodBehaviour>,
  options?: Omit<SimulateOptions, 'pods'>,
): Sim

/** The assertions as matchers, for vitest and jest. */
export interface JobMatchers<R = unknown> {
  toSucceed(...given: Parameters<Sim['succeeds']>): R
  toFail(...given: Parameters<Sim['fails']>): R
  toHaveCondition(...given: Parameters<Sim['hasCondition']>): R
  toHaveCreatedPods(...given: Parameters<Sim['createdPods']>): R
  toHaveCounts(...given: Parameters<Sim['counts']>): R
  toHaveIndexes(...given: Parameters<Sim['indexes']>): R
  toTake(...given: Parameters<Sim['takes']>): R
  toRunAtOnce(...given: Parameters<Sim['runsAtOnce']>): R
  toHaveEvent(...given: Parameters<Sim['hasEvent']>): R
  toBeDecidedBy(...given: Parameters<Sim['decidedBy']>): R
}

interface MatcherResult {
  pass: boolean
  message: () => string
  actual?: unknown
  expected?: unknown
}

/** For `expect.extend(matchers)`. */
export const matchers: {
  [K in keyof JobMatchers]: (sim: unknown, ...given: Parameters<JobMatchers[K]>) => MatcherResult
}
