/* The header alone: compiled as C11, C23 and C++17, with every warning, included twice. */
#include "jobsem.h"
#include "jobsem.h"

#ifdef __cplusplus
#define JOBSEM_ASSERT(holds) static_assert(holds, #holds)
#define JOBSEM_ALIGNOF(type) alignof(type)
#else
#define JOBSEM_ASSERT(holds) _Static_assert(holds, #holds)
#define JOBSEM_ALIGNOF(type) _Alignof(type)
#endif

/* Made from the library, by `cargo run --package jobsem-ffi --example layout`. */
#include "layout.h"

int main(void) {
  jobsem_options options = JOBSEM_OPTIONS_INIT(37);
  jobsem_work work = JOBSEM_WORK_INIT;
  jobsem_pod_report report = JOBSEM_POD_REPORT_INIT;
  jobsem_wakeup wakeup = JOBSEM_WAKEUP_INIT;
  jobsem_job_state state = JOBSEM_JOB_STATE_INIT;
  jobsem_cluster *cluster = NULL;
  if (jobsem_abi_version() != JOBSEM_ABI_VERSION) return 1;
  if (jobsem_cluster_new(&options, &cluster, NULL) != JOBSEM_OK) return 2;
  if (jobsem_cluster_poll_work(cluster, &work, NULL) != JOBSEM_OK || work.kind != 0) return 3;
  if (jobsem_cluster_poll_timeout(cluster, &wakeup, NULL) != JOBSEM_OK || wakeup.reason) return 4;
  report.kind = JOBSEM_REPORT_RUNNING;
  if (jobsem_cluster_report(cluster, 0, &report, NULL) != JOBSEM_OK) return 5;
  if (jobsem_cluster_job_state(cluster, NULL, 0, "x", 1, &state, NULL) != JOBSEM_E_NOT_FOUND) return 6;
  return jobsem_cluster_free(cluster);
}
