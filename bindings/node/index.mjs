// The face for `import`: the objects of `index.cjs`, by literal names.
import face from './index.cjs'

export const {
  CleanupScheduler,
  Clock,
  Cluster,
  Command,
  Controller,
  CronSchedule,
  Disrupted,
  Exit,
  JobFailed,
  JobsemError,
  KUBE_VERSIONS,
  Run,
  RunResult,
  TZDB_VERSION,
  ThreadWorker,
  VirtualClock,
  explain,
  outcome,
  play,
  reconcile,
  run,
  simulate,
  validate,
  version,
} = face
