// The face for `import`: the objects of `index.cjs`, by literal names.
import face from './index.cjs'

export const {
  CleanupScheduler, Cluster, Controller, CronSchedule, JobsemError, KUBE_VERSIONS, TZDB_VERSION,
  explain, outcome, play, reconcile, simulate, validate, version,
} = face
