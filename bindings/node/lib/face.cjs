'use strict'

// What users see, over `call` and `Native` of an addon or of WebAssembly. No rule of Jobs is here:
// arguments become JSON text, answers become values.

const {
  JobsemError,
  answer,
  check,
  date,
  document,
  maybe,
  outcomeOf,
  time,
  wakeup,
} = require('./values.cjs')

/** @param {{call: Function, Native: Function}} native */
module.exports = function face(native) {
  const call = (name, given) => answer(native.call(name, JSON.stringify(given)))

  const { version, kube: KUBE_VERSIONS, tzdb: TZDB_VERSION } = call('versions', {})

  const world = (job, pods, now, options) => ({
    ...options,
    job: document(job),
    pods: Array.from(pods, document),
    now: time(now),
  })

  /** How a Job stands, from its status alone. */
  const outcome = (job) => outcomeOf(call('outcome', { job: document(job) }))

  /** When a Job's `ttlSecondsAfterFinished` deletes it. */
  const expiry = (job) => {
    const at = call('expiry', { job: document(job) })
    return at === undefined ? undefined : date(at)
  }

  /** Which finished children of an owner exceed its limit. */
  const excess = (limit, runs) => {
    check(runs, 'runs')
    return call('excess', { limit, runs })
  }

  /** The steps that delete an object and everything that it owns. */
  const deletionPlan = (object, { propagation } = {}) => {
    check(object, '')
    return call('deletionPlan', { object, propagation })
  }

  /** What the API server would say of a manifest. */
  const validate = (manifest, { updateFrom, ...options } = {}) =>
    call('validate', { ...options, manifest: document(manifest), updateFrom: maybe(updateFrom) })

  /** What the API server stores of a manifest. */
  const admit = (manifest, now, { updateFrom, ...options } = {}) =>
    call('admit', {
      ...options,
      manifest: document(manifest),
      now: time(now),
      updateFrom: maybe(updateFrom),
    })

  /** What one sync would do. */
  const reconcile = (job, pods, now, options = {}) => {
    const plan = call('reconcile', world(job, pods, now, options))
    return plan.wakeup ? { ...plan, wakeup: wakeup(plan.wakeup) } : plan
  }

  /** How a Job stands, what one sync would do, and why. */
  const explain = (job, pods, now, options = {}) => call('explain', world(job, pods, now, options))

  /** Plays a Job in virtual time. */
  const simulate = (manifest, { pods, ...options } = {}) =>
    timeline(call('simulate', { ...options, manifest: document(manifest), pods: maybe(pods) }))

  const timeline = (said) => ({
    ...said,
    outcome: outcomeOf(said.outcome),
    start: new Date(said.start),
  })

  /** Plays a scenario of the conformance vectors. */
  const play = (scenario, options = {}) =>
    call('play', { ...options, scenario: document(scenario) })

  /** What all objects with a state have. */
  class Stateful {
    #native
    constructor(name, given) {
      this.#native = new native.Native(name, JSON.stringify(given))
      this._call('made', {})
    }
    /** @internal */
    _call(name, given) {
      return answer(this.#native.call(name, JSON.stringify(given)))
    }
  }

  /** What controllers and clusters have in common. */
  class Timed extends Stateful {
    /** Does what is due; early or repeated calls change nothing. */
    handleTimeout(now) {
      this._call('handleTimeout', { now: time(now) })
    }
    /** The Events since the last call. */
    events() {
      return this._call('events', {})
    }
    /** Why it decided as it did, since the last call; empty without `explain`. */
    notes() {
      return this._call('notes', {})
    }
    /** When to call `handleTimeout`, if nothing else happens before. */
    nextWakeup() {
      return wakeup(this._call('nextWakeup', {}))
    }
  }

  /** One of the three controllers, over an API of your own. */
  class Controller extends Timed {
    constructor(options = {}) {
      super('Controller', options)
    }
    /** Takes a change that a watch has shown. */
    handleWatch(now, type, object) {
      this._call('handleWatch', { now: time(now), type, object: document(object) })
    }
    /** Takes what a first list has shown. */
    handleList(now, objects, { version = '' } = {}) {
      this._call('handleList', { now: time(now), objects: Array.from(objects, document), version })
    }
    /** Takes the answer to a request: the body of the API's response; nothing for a delete. */
    handleResult(now, request, body) {
      const id = typeof request === 'number' ? request : request.id
      if (body !== undefined) check(body, '')
      this._call('handleResult', { now: time(now), id, body })
    }
    /** Forgets everything but the options and the time; it begins to work at `begin`. */
    restart(begin) {
      this._call('restart', { now: time(begin) })
    }
    /** When it looks at one object again, if that is known. */
    wakeupOf(name, options = {}) {
      return wakeup(this._call('wakeupOf', { ...options, name }))
    }
    /** What is asked for since the last call. */
    requests() {
      return this._call('requests', {})
    }
  }

  /** Controllers and an API server in memory. */
  class Cluster extends Timed {
    constructor(options = {}) {
      super('Cluster', options)
    }
    create(now, manifest) {
      return this._call('create', { now: time(now), manifest: document(manifest) })
    }
    patchJob(now, name, patch, options = {}) {
      return this._call('patchJob', { ...options, now: time(now), name, patch: document(patch) })
    }
    deleteJob(now, name, options = {}) {
      this._call('deleteJob', { ...options, now: time(now), name })
    }
    patchCronJob(now, name, patch, options = {}) {
      return this._call('patchCronJob', {
        ...options,
        now: time(now),
        name,
        patch: document(patch),
      })
    }
    deleteCronJob(now, name, options = {}) {
      this._call('deleteCronJob', { ...options, now: time(now), name })
    }
    deletePod(now, name, options = {}) {
      this._call('deletePod', { ...options, now: time(now), name })
    }
    /** Says what became of a pod: `running`, `exited`, `status` or `removed`. */
    report(now, pod, what) {
      const { name, namespace } = typeof pod === 'string' ? { name: pod } : pod.metadata
      if (what.status !== undefined) check(what.status, 'status')
      this._call('report', { namespace, ...what, now: time(now), pod: name })
    }
    /** The controllers lose their memory and start again. */
    restartControllers(now, { pauseSeconds = 0 } = {}) {
      this._call('restartControllers', { now: time(now), pause: Math.trunc(pauseSeconds * 1e9) })
    }
    /** What there is to do since the last call. */
    work() {
      return this._call('work', {})
    }
    /** When a controller looks at one Job again, if that is known. */
    wakeupOf(name, options = {}) {
      return wakeup(this._call('wakeupOf', { ...options, name }))
    }
    /** When a controller looks at one CronJob again, if that is known. */
    wakeupOfCronJob(name, options = {}) {
      return wakeup(this._call('wakeupOfCronJob', { ...options, name }))
    }
    /** What a container of a pod is started with. */
    invocation(pod, options = {}) {
      const { name, namespace } = typeof pod === 'string' ? { name: pod } : pod.metadata
      return this._call('invocation', { namespace, ...options, pod: name })
    }
    cronJob(name, options = {}) {
      return this._call('cronJob', { ...options, name })
    }
    cronJobs() {
      return this._call('cronJobs', {})
    }
    job(name, options = {}) {
      return this._call('job', { ...options, name })
    }
    jobs() {
      return this._call('jobs', {})
    }
    pod(name, options = {}) {
      return this._call('pod', { ...options, name })
    }
    pods() {
      return this._call('pods', {})
    }
  }

  /** When a great many finished Jobs are due to be deleted; keys are whole numbers. */
  class CleanupScheduler extends Stateful {
    constructor() {
      super('CleanupScheduler', {})
    }
    add(key, finished, ttlSeconds) {
      this._call('add', { key, finished: time(finished), ttl: ttlSeconds })
    }
    addAt(key, due) {
      this._call('addAt', { key, due: time(due) })
    }
    remove(key) {
      return this._call('remove', { key })
    }
    due(key) {
      const due = this._call('due', { key })
      return due === undefined ? undefined : date(due)
    }
    pollDue(now) {
      return this._call('pollDue', { now: time(now) })
    }
    allDue(now) {
      return this._call('allDue', { now: time(now) })
    }
    get size() {
      return this._call('size', {})
    }
    nextWakeup() {
      return wakeup(this._call('nextWakeup', {}))
    }
  }

  /** When a CronJob's schedule is due. */
  class CronSchedule extends Stateful {
    constructor(text, { zone } = {}) {
      super('CronSchedule', { text, zone })
      this.text = text
      if (zone !== undefined) this.zone = zone
    }
    get isInterval() {
      return this._call('isInterval', {})
    }
    /** The first time after `after`, if there is one. */
    next(after) {
      return this.upcoming(after, 1)[0]
    }
    upcoming(after, count) {
      return this._call('upcoming', { after: time(after), count }).map(
        (seconds) => new Date(seconds * 1000),
      )
    }
  }

  /** The cluster behind `run`; not for users. */
  const openHost = (options) => {
    const host = new Stateful('Host', options)
    return (name, given) => host._call(name, given)
  }

  return {
    _openHost: openHost,
    CleanupScheduler,
    Cluster,
    Controller,
    CronSchedule,
    JobsemError,
    KUBE_VERSIONS,
    TZDB_VERSION,
    admit,
    deletionPlan,
    excess,
    expiry,
    explain,
    outcome,
    play,
    reconcile,
    simulate,
    validate,
    version,
  }
}
