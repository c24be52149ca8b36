'use strict'

// The face for `require`; `index.mjs` shows the same objects, so that there is one of each.
const face = require('./lib/face.cjs')(require('./lib/native.cjs'))

const {
  Clock,
  Command,
  Disrupted,
  Exit,
  JobFailed,
  Run,
  RunResult,
  ThreadWorker,
  VirtualClock,
  run,
} = require('./lib/run.cjs')(face._openHost)

module.exports.CleanupScheduler = face.CleanupScheduler
module.exports.Clock = Clock
module.exports.Cluster = face.Cluster
module.exports.Command = Command
module.exports.Controller = face.Controller
module.exports.CronSchedule = face.CronSchedule
module.exports.Disrupted = Disrupted
module.exports.Exit = Exit
module.exports.JobFailed = JobFailed
module.exports.JobsemError = face.JobsemError
module.exports.KUBE_VERSIONS = face.KUBE_VERSIONS
module.exports.Run = Run
module.exports.RunResult = RunResult
module.exports.TZDB_VERSION = face.TZDB_VERSION
module.exports.ThreadWorker = ThreadWorker
module.exports.VirtualClock = VirtualClock
module.exports.admit = face.admit
module.exports.deletionPlan = face.deletionPlan
module.exports.excess = face.excess
module.exports.expiry = face.expiry
module.exports.explain = face.explain
module.exports.outcome = face.outcome
module.exports.play = face.play
module.exports.reconcile = face.reconcile
module.exports.run = run
module.exports.simulate = face.simulate
module.exports.validate = face.validate
module.exports.version = face.version
