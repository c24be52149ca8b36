// Types of `jobsem`, for `require`; `index.d.mts` shows the same for `import`.

import type {
  CronJob,
  Job,
  JobStatus,
  ObjectMeta,
  Plan as Explanation,
  Pod,
  PodStatus,
  Scenario,
  Trace,
} from './types/kubernetes.d.cts'

export type * from './types/kubernetes.d.cts'
export type { Explanation }

/** The version of the package. */
export const version: string
/** The Kubernetes minors that can be asked for, oldest first. */
export const KUBE_VERSIONS: readonly KubeVersion[]
/** The release of the time zone data within. */
export const TZDB_VERSION: string

/** A Kubernetes minor; more may come. */
export type KubeVersion =
  '1.29' | '1.30' | '1.31' | '1.32' | '1.33' | '1.34' | '1.35' | '1.36' | '1.37' | (string & {})

/** An object as other libraries have it; write `const job: Job = …` to have its members checked. */
export interface KubernetesObject {
  apiVersion?: string
  kind?: string
  metadata?: object
  spec?: object
  status?: object
}

/** A document: an object, or YAML or JSON text, or its bytes. */
export type Document<T = KubernetesObject> = T | KubernetesObject | string | Uint8Array

/** A time: a Date, nanoseconds since 1970, or RFC 3339 text. */
export type Time = Date | bigint | string

/** Which Kubernetes. */
export interface KubeOptions {
  /** The version; the newest by default. */
  kube?: KubeVersion
  /** Feature gates that differ from the version's defaults. */
  gates?: Record<string, boolean>
}

export interface ExplainOptions extends KubeOptions {
  /** Whether decisions are put into words. */
  explain?: boolean
}

/** What can be wrong. */
export type ErrorCode =
  | 'DECODE'
  | 'INVALID'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'STATE'
  | 'TIME_WENT_BACK'
  | 'UNSUPPORTED'
  | 'INTERNAL'
  | 'JOB_FAILED'

/** A field that was refused. */
export interface ErrorDetail {
  path: string
  /** As the API server calls it, such as `FieldValueInvalid`. */
  type: string
  detail: string
}

/** Everything that jobsem throws on its own account. */
export class JobsemError extends Error {
  constructor(said: { code: ErrorCode; message: string })
  readonly code: ErrorCode
  /** The member that is wrong, if one is. */
  readonly path?: string
  /** Where it is in the text, from 1. */
  readonly line?: number
  readonly column?: number
  /** Of a refusal, all fields. */
  readonly details?: readonly ErrorDetail[]
  /** Of a refusal, the `Status` of the API server. */
  readonly status?: object
}

// How a Job stands.

export type Verdict =
  'pending' | 'running' | 'suspended' | 'will-succeed' | 'will-fail' | 'succeeded' | 'failed'

export interface Outcome {
  readonly verdict: Verdict
  /** The reason of the condition that decided; empty if there is none. */
  readonly reason: string
  readonly message: string
  readonly since?: Date
  /** Whether nothing will happen any more: no pod of it runs. */
  readonly isFinal: boolean
  /** Whether the end is certain, even if it has not come: true for success. */
  readonly decided?: boolean
}

/**
 * How a Job stands, from its status alone.
 *
 * `will-succeed` and `will-fail`: the end is certain, and pods still run.
 */
export function outcome(job: Document<Job>): Outcome

/** When a Job's `ttlSecondsAfterFinished` deletes it; undefined if it has not finished, has no such
 * limit or is being deleted. */
export function expiry(job: Document<Job>): Date | undefined

/** Which finished children of an owner exceed its limit: their positions, in the order of their
 * deletion. A run that never started has no `start`. */
export function excess(
  limit: number,
  runs: readonly { readonly name: string; readonly start?: string }[],
): number[]

/** An object and what it owns. */
export interface Owned {
  readonly id: string
  /** Whether its owner waits for it in a foreground deletion; true if absent. */
  readonly blocks?: boolean
  readonly owns?: readonly Owned[]
}

export interface DeletionStep {
  readonly id: string
  readonly kind: 'mark' | 'remove' | 'release'
  /** The positions of the steps that come before it. */
  readonly after: readonly number[]
}

/** The steps that delete an object and everything that it owns. */
export function deletionPlan(
  object: Owned,
  options?: { propagation?: 'Background' | 'Foreground' | 'Orphan' },
): DeletionStep[]

// What the API server would say.

export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly field: string
  readonly message: string
  /** The place in text, from 1. */
  readonly line?: number
  readonly column?: number
  readonly endLine?: number
  readonly endColumn?: number
  /** What might help. */
  readonly hint?: string
}

export interface Validation {
  readonly valid: boolean
  readonly kube: KubeVersion
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly findings: readonly Finding[]
  /** How many more findings there are. */
  readonly omitted: number
  /** The answer of the API server to a refused document. */
  readonly status?: object
  readonly message?: string
}

export interface ValidateOptions extends KubeOptions {
  /** What is stored now: the manifest is a change of it. */
  updateFrom?: Document<Job | CronJob>
  /** The namespace of a manifest that has none; `default` if absent. */
  namespace?: string
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
}

/** What the API server would say of a manifest. */
export function validate(manifest: Document<Job | CronJob>, options?: ValidateOptions): Validation

export interface AdmitOptions extends KubeOptions {
  /** What is stored now: the manifest is written over it. */
  updateFrom?: Document<Job | CronJob>
  /** Whether only the status is written over it. */
  status?: boolean
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  /** What names and UIDs follow from; they are counted through by default. */
  seed?: number
}

/** What the API server stores of a manifest; throws if it refuses it. */
export function admit(
  manifest: Document<Job | CronJob>,
  now: Time,
  options?: AdmitOptions,
): { readonly object: Job | CronJob; readonly warnings: readonly string[] }

// One sync.

/** A Kubernetes Event. */
export interface Event {
  /** RFC 3339. */
  readonly time: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** A rule that decided, and what it saw. */
export interface Note {
  readonly rule: string
  readonly text: string
}

export interface TimedNote extends Note {
  readonly time: string
  /** `namespace/name` of the object. */
  readonly about: string
}

export type WakeReason = 'batch' | 'backoff' | 'deadline' | 'retry' | 'ttl' | 'schedule' | 'start'

export interface Wakeup {
  /** Not before it; whole milliseconds. */
  readonly at: Date
  /** Exactly, in nanoseconds since 1970. */
  readonly atNs: bigint
  readonly reason: WakeReason
  /** `namespace/name` of the object. */
  readonly key: string
}

/** A call of the API server. */
export type Call =
  | {
      readonly verb: 'get'
      readonly resource: 'jobs' | 'cronjobs'
      readonly namespace: string
      readonly name: string
    }
  | {
      readonly verb: 'create'
      readonly resource: 'pods'
      readonly namespace: string
      readonly name: string
      readonly object: Pod
    }
  | {
      readonly verb: 'create'
      readonly resource: 'jobs'
      readonly namespace: string
      readonly name: string
      readonly object: Job
    }
  | {
      readonly verb: 'delete'
      readonly resource: 'pods' | 'jobs'
      readonly namespace: string
      readonly name: string
      readonly options: object
    }
  | {
      readonly verb: 'patch'
      readonly resource: 'pods'
      readonly namespace: string
      readonly name: string
      readonly patch: object
    }
  | {
      readonly verb: 'update'
      readonly resource: 'jobs'
      readonly subresource: 'status'
      readonly namespace: string
      readonly name: string
      readonly object: Job
    }
  | {
      readonly verb: 'update'
      readonly resource: 'cronjobs'
      readonly subresource: 'status'
      readonly namespace: string
      readonly name: string
      readonly object: CronJob
    }

/** What one sync would do. */
export interface Plan {
  readonly requests: readonly Call[]
  readonly events: readonly Event[]
  /** The status that would be written. */
  readonly status?: JobStatus
  readonly wakeup?: Wakeup
  /** Why nothing is done. */
  readonly skipped?: string
  readonly error?: string
  /** With `explain`. */
  readonly notes: readonly Note[]
}

/** What one sync would do. */
export function reconcile(
  job: Document<Job>,
  pods: Iterable<Document<Pod>>,
  now: Time,
  options?: ExplainOptions,
): Plan

/** How a Job stands, what one sync would do, and why. */
export function explain(
  job: Document<Job>,
  pods: Iterable<Document<Pod>>,
  now: Time,
  options?: KubeOptions,
): Explanation

// Simulation.

/** What a pod does; all of it may be left out. */
export interface PodBehaviour {
  /** Until it runs: seconds, or text such as `1m30s`. */
  start?: number | string
  /** How long it runs; `forever` is possible. */
  run?: number | string
  exit?: number
  /** How often it is restarted in place first. */
  restarts?: number
  container?: string
  /** Its node drains: DisruptionTarget. */
  disrupted?: boolean
  [more: string]: unknown
}

export interface SimulateOptions extends KubeOptions {
  /** Keys: `*`, `attempt 2`, `index 3`, `index 3 attempt 1`. */
  pods?: Record<string, PodBehaviour>
  /** When to stop, in seconds after the start. */
  until?: number
  /** What else happens, as scenarios have it. */
  steps?: readonly object[]
  /** Requests that fail, as scenarios have them. */
  faults?: readonly object[]
}

export interface PodLane {
  readonly name: string
  readonly index?: number
  /** These are seconds after the start. */
  readonly created: number
  readonly running?: number
  readonly deleted?: number
  readonly ended?: number
  readonly gone?: number
  readonly phase: string
  readonly exitCode?: number
  readonly disrupted: boolean
}

export interface Line {
  /** Seconds after the start. */
  readonly at: number
  readonly who: string
  readonly what: string
  /** The rule of a decision. */
  readonly rule?: string
}

export interface ConditionMark {
  readonly at: number
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
}

/** What happened to a Job in virtual time. */
export interface Timeline {
  readonly job: Job
  readonly kube: KubeVersion
  readonly outcome: Outcome
  readonly start: Date
  /** Seconds after the start, as are all times below. */
  readonly end: number
  readonly lines: readonly Line[]
  readonly pods: readonly PodLane[]
  readonly conditions: readonly ConditionMark[]
  /** Back-offs. */
  readonly waits: readonly { readonly from: number; readonly until: number }[]
  readonly events: readonly Event[]
  readonly warnings: readonly string[]
  /** All lines, to be printed. */
  readonly text: string
}

/** Plays a Job in virtual time: Kubernetes' controllers, an API server in memory, scripted pods. */
export function simulate(manifest: Document<Job>, options?: SimulateOptions): Timeline

/** Plays a scenario of the conformance vectors. */
export function play(
  scenario: Scenario | string | Uint8Array,
  options?: { kube?: KubeVersion },
): Trace

// Objects with a state.

declare class Timed {
  /** Does what is due; early or repeated calls change nothing. */
  handleTimeout(now: Time): void
  /** The Events since the last call. */
  events(): Event[]
  /** Why it decided as it did, since the last call; empty without `explain`. */
  notes(): TimedNote[]
  /** When to call `handleTimeout`, if nothing else happens before. */
  nextWakeup(): Wakeup | undefined
}

/** A call to be made, and answered with `handleResult`. */
export type Request = Call & { readonly id: number }

export interface ControllerOptions extends ExplainOptions {
  /** The controller for Jobs (the default), for `ttlSecondsAfterFinished` or for CronJobs. */
  kind?: 'job' | 'ttl' | 'cronjob'
  /** How many objects it works on at once; 1 by default. */
  workers?: number
  /** The zone of schedules that name none; UTC by default. */
  timeZone?: string
}

/** One of the three controllers, over an API of your own. */
export class Controller extends Timed {
  constructor(options?: ControllerOptions)
  /** Takes a change that a watch has shown. */
  handleWatch(
    now: Time,
    type: 'ADDED' | 'MODIFIED' | 'DELETED',
    object: Document<Job | Pod | CronJob>,
  ): void
  /** Takes what a first list has shown. */
  handleList(
    now: Time,
    objects: Iterable<Document<Job | Pod | CronJob>>,
    options?: { version?: string },
  ): void
  /** Takes the answer to a request: the body of the API's response; nothing for a delete. */
  handleResult(now: Time, request: number | Request, body?: object): void
  /** Forgets everything but the options and the time, as a crash does; it begins to work at
   * `begin`. */
  restart(begin: Time): void
  /** When it looks at one object again, if that is known. */
  wakeupOf(name: string, options?: { namespace?: string }): Wakeup | undefined
  /** What is asked for since the last call. */
  requests(): Request[]
}

/** What there is to do for who runs the pods of a `Cluster`. */
export type Work =
  | { readonly type: 'start'; readonly pod: StoredPod }
  | { readonly type: 'stop'; readonly pod: StoredPod; readonly graceSeconds?: number }

/** A pod as the cluster has it. */
export type StoredPod = Pod & { metadata: ObjectMeta & { name: string; namespace: string } }

export interface Created {
  readonly namespace: string
  readonly name: string
  /** What the API server would warn of. */
  readonly warnings: readonly string[]
}

/** What a container is started with. */
export interface Invocation {
  /** With `$(NAME)` expanded; empty if it comes from the image. */
  readonly command: readonly string[]
  readonly args: readonly string[]
  /** The environment, such as `JOB_COMPLETION_INDEX`. */
  readonly env: Readonly<Record<string, string>>
}

/** What became of a pod. */
export type PodReport = { namespace?: string } & (
  | { running: true }
  | { exited: number; container?: string }
  | { status: PodStatus }
  | { removed: true }
)

/** Controllers and an API server in memory. */
export class Cluster extends Timed {
  constructor(options?: ExplainOptions & { seed?: number })
  create(now: Time, manifest: Document<Job | CronJob>): Created
  /** Merges a patch into a Job; gives its warnings back. */
  patchJob(now: Time, name: string, patch: object, options?: { namespace?: string }): string[]
  deleteJob(
    now: Time,
    name: string,
    options?: { namespace?: string; propagation?: 'Background' | 'Foreground' | 'Orphan' },
  ): void
  /** Merges a patch into a CronJob; gives its warnings back. */
  patchCronJob(now: Time, name: string, patch: object, options?: { namespace?: string }): string[]
  deleteCronJob(
    now: Time,
    name: string,
    options?: { namespace?: string; propagation?: 'Background' | 'Foreground' | 'Orphan' },
  ): void
  deletePod(now: Time, name: string, options?: { namespace?: string; graceSeconds?: number }): void
  /**
   * Says what became of a pod.
   *
   * An exit code is 0 to 255; a negative one is minus a signal: -9 counts as 137. A pod given by
   * its name alone is the one in `default`, else the only one of that name; it throws if there is
   * none, or more than one. A report on a pod that is gone changes nothing if its namespace is
   * given.
   */
  report(now: Time, pod: string | StoredPod, what: PodReport): void
  /** The controllers lose their memory and start again. */
  restartControllers(now: Time, options?: { pauseSeconds?: number }): void
  /** What there is to do since the last call. */
  work(): Work[]
  /** When a controller looks at one Job again, if that is known. */
  wakeupOf(name: string, options?: { namespace?: string }): Wakeup | undefined
  /** When a controller looks at one CronJob again, if that is known. */
  wakeupOfCronJob(name: string, options?: { namespace?: string }): Wakeup | undefined
  /** What a container of a pod is started with; the pod's first one unless it is named. */
  invocation(
    pod: string | StoredPod,
    options?: { namespace?: string; container?: string },
  ): Invocation
  cronJob(name: string, options?: { namespace?: string }): CronJob | undefined
  cronJobs(): CronJob[]
  job(name: string, options?: { namespace?: string }): Job | undefined
  jobs(): Job[]
  pod(name: string, options?: { namespace?: string }): StoredPod | undefined
  pods(): StoredPod[]
}

/** When a great many finished Jobs are due to be deleted; keys are whole numbers from 0. */
export class CleanupScheduler {
  constructor()
  add(key: number, finished: Time, ttlSeconds: number): void
  addAt(key: number, due: Time): void
  /** Whether it was there. */
  remove(key: number): boolean
  due(key: number): Date | undefined
  /** One key that is due, and forgets it. */
  pollDue(now: Time): number | undefined
  /** All keys that are due, and forgets them. */
  allDue(now: Time): number[]
  readonly size: number
  nextWakeup(): Wakeup | undefined
}

/** When a CronJob's schedule is due. */
export class CronSchedule {
  constructor(text: string, options?: { zone?: string })
  readonly text: string
  readonly zone?: string
  /** Whether it is an `@every`. */
  readonly isInterval: boolean
  /** The first time after `after`, if there is one. */
  next(after: Time): Date | undefined
  upcoming(after: Time, count: number): Date[]
}

// Runs.

/** The wall clock, or one that runs faster. */
export class Clock {
  constructor(options?: { speed?: number })
  readonly speed: number
  now(): Date
  /** Nanoseconds since 1970. */
  nowNs(): bigint
}

/**
 * Time that stands still while workers work, and jumps when all of them wait.
 *
 * Workers wait with `ctx.sleep` or `ctx.stopped`; back-offs and deadlines of hours pass at once.
 */
export class VirtualClock extends Clock {
  constructor(options?: { start?: Date })
  /** Moves the time on; never back. */
  advanceTo(nanoseconds: bigint): void
}

/** Ends a worker with an exit code of its own. */
export class Exit extends Error {
  constructor(code: number, message?: string)
  readonly code: number
}

/** Ends a worker's pod as an eviction does: it fails with the condition DisruptionTarget. */
export class Disrupted extends Error {
  constructor(message?: string)
}

/** What a worker gets. */
export interface Context {
  /** The pod's name. */
  readonly name: string
  readonly container: string
  /** The completion index, in an Indexed Job. */
  readonly index?: number
  /** The how-manieth try it is of its index, or of the Job: 1 is the first. */
  readonly attempt: number
  /** How often the container was started before in the same pod. */
  readonly restarts: number
  /** When the Job's `activeDeadlineSeconds` will have passed. */
  readonly deadline?: Date
  /** The pod that the worker stands for, as long as it runs. */
  readonly pod: StoredPod
  /** The container's environment, with `JOB_COMPLETION_INDEX`. */
  readonly env: Readonly<Record<string, string>>
  /** Aborts when the worker should stop; the reason is an `Exit` with code 143. */
  readonly signal: AbortSignal
  readonly shouldStop: boolean
  /** Ends the worker with exit code 143 if it should stop. */
  check(): void
  /** Waits by the run's clock; throws an `Exit` with code 143 if the worker should stop. */
  sleep(seconds: number): Promise<void>
  /** Waits until the worker should stop. */
  stopped(): Promise<void>
}

/** What a worker in a worker thread gets. */
export interface ThreadContext<D = unknown> extends Context {
  /** The `workerData` of the `ThreadWorker`. */
  readonly data: D
}

/** Options of Node's `new Worker`. */
export interface ThreadOptions {
  workerData?: unknown
  argv?: unknown[]
  env?: Record<string, string | undefined> | symbol
  execArgv?: string[]
  resourceLimits?: {
    maxOldGenerationSizeMb?: number
    maxYoungGenerationSizeMb?: number
    stackSizeMb?: number
  }
  [more: string]: unknown
}

/** A module whose default export works in worker threads, which are used again. */
export class ThreadWorker<T = unknown> {
  /** `options` are those of `new Worker`. */
  constructor(file: string | URL, options?: ThreadOptions)
  readonly file: string | URL
  readonly options: ThreadOptions
  /** What it gives back; not there at run time. */
  readonly _value?: T
}

export interface CommandOptions<C extends boolean = boolean> {
  /** More variables, over those of the container. */
  env?: Record<string, string>
  /** Whether it gets this process's environment, too; `true` by default. */
  inheritEnv?: boolean
  /** Where it runs; the container's `workingDir` if absent. */
  cwd?: string | URL
  /** Whether its standard output becomes the worker's value. */
  capture?: C
}

/**
 * A worker that is a local command: by default the container's own.
 *
 * Its exit code is the container's. It runs in a process group of its own, gets SIGTERM when it
 * should stop and SIGKILL at the end of the grace period.
 */
export class Command<C extends boolean = boolean> {
  constructor(argv?: readonly string[], options?: CommandOptions<C>)
  readonly argv?: readonly string[]
  readonly capture: C
}

export interface Attempt<T = unknown> {
  readonly pod: string
  readonly index?: number
  /** The how-manieth of its index, or of the Job, it was. */
  readonly number: number
  readonly started: Date
  readonly ended: Date
  /** 0 is success. */
  readonly exitCode: number
  readonly value?: T
  /** What it threw. */
  readonly error?: unknown
  readonly disrupted: boolean
}

export interface IndexResult<T = unknown> {
  readonly index: number
  /** As the Job's status has it. */
  readonly status: 'succeeded' | 'failed' | 'incomplete'
  /** What its last success returned. */
  readonly value?: T
  /** What its last failure threw. */
  readonly error?: unknown
  readonly attempts: readonly Attempt<T>[]
}

/** How a run goes. */
export interface Progress {
  readonly name: string
  readonly time: Date
  readonly verdict: Verdict
  readonly active: number
  readonly ready: number
  readonly succeeded: number
  readonly failed: number
  /** Workers that run now. */
  readonly running: number
  readonly completions?: number
  readonly parallelism?: number
  /** When the next retry is due, if one waits. */
  readonly backoffUntil?: Date
}

/** What came of a Job that was run. */
export class RunResult<T = unknown> {
  private constructor()
  readonly job: Job
  readonly outcome: Outcome
  readonly started: Date
  readonly ended: Date
  /** All calls of the worker, in the order of their ends. */
  readonly attempts: readonly Attempt<T>[]
  readonly events: readonly Event[]
  /** With `explain`. */
  readonly notes: readonly TimedNote[]
  readonly succeeded: boolean
  readonly status: JobStatus
  /** What came of each index; empty unless the Job is Indexed. */
  readonly indexes: readonly IndexResult<T>[]
  /** What the worker returned: by index, or in the order of the ends if there are none. */
  readonly values: (T | undefined)[]
  /** What happened, line by line. */
  readonly text: string
  /** The result itself; throws `JobFailed` if the Job is not Complete. */
  check(): this
}

/** The Job of a run has failed. */
export class JobFailed<T = unknown> extends JobsemError {
  readonly code: 'JOB_FAILED'
  readonly result: RunResult<T>
}

export interface RunOptions extends ExplainOptions {
  /** Aborts the run: workers are asked to stop, and the run rejects with the signal's reason. */
  signal?: AbortSignal
  /** The wall clock by default. */
  clock?: Clock
  /** Called whenever something has changed. */
  onProgress?: (progress: Progress) => void
  /** Whether a line on stderr says how it goes. */
  live?: boolean
  /** What names of pods and UIDs follow from. */
  seed?: number
  /** How long workers have when the run is aborted; 5 by default. */
  cancelGraceSeconds?: number
}

/** A Job that runs: await it for the result. */
export interface Run<T = unknown> extends Promise<RunResult<T>> {
  /** Name, namespace and warnings; `undefined` if the manifest was refused. */
  readonly created: Created | undefined
  /** The Job as it is now. */
  readonly job: Job
  readonly progress: Progress
  /** Merges a patch into the Job, as `kubectl patch` does; a refusal ends the run. */
  patch(patch: object): void
  /** Stops all workers until `resume`. */
  suspend(): void
  resume(): void
  /** All Events from the first on, those to come included; it ends with the run. */
  events(): AsyncGenerator<Event, void, undefined>
}
export const Run: abstract new () => Run

/**
 * Runs a Job whose pods are calls of `worker`.
 *
 * What the worker returns is a success, an error exit code 1, `Exit` another code, `Disrupted` a
 * disruption. Without a worker the container's own command runs.
 */
export function run<T = unknown>(
  manifest: Document<Job>,
  worker: (ctx: Context) => T | PromiseLike<T>,
  options?: RunOptions,
): Run<T>
export function run<T = unknown>(
  manifest: Document<Job>,
  worker: ThreadWorker<T>,
  options?: RunOptions,
): Run<T>
export function run(manifest: Document<Job>, worker?: Command, options?: RunOptions): Run<string>
