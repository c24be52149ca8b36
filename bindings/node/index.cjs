'use strict'

// The face for `require`; `index.mjs` shows the same objects, so that there is one of each.
const face = require('./lib/face.cjs')(require('./lib/native.cjs'))

module.exports.CleanupScheduler = face.CleanupScheduler
module.exports.Cluster = face.Cluster
module.exports.Controller = face.Controller
module.exports.CronSchedule = face.CronSchedule
module.exports.JobsemError = face.JobsemError
module.exports.KUBE_VERSIONS = face.KUBE_VERSIONS
module.exports.TZDB_VERSION = face.TZDB_VERSION
module.exports.explain = face.explain
module.exports.outcome = face.outcome
module.exports.play = face.play
module.exports.reconcile = face.reconcile
module.exports.simulate = face.simulate
module.exports.validate = face.validate
module.exports.version = face.version
