// Types of `jobsem` in the browser: all but `run` and what belongs to it.
export {
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
} from './index.cjs'
export type * from './index.cjs'
