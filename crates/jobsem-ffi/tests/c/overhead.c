/* What calls cost; examples/overhead.rs measures the same in Rust. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobsem.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#define MEASURE(what, count, call) \
  do { \
    double best = 1e9; \
    for (int round = 0; round < 7; round++) { \
      double start = now(); \
      for (long i = 0; i < (count); i++) \
        if ((call) != JOBSEM_OK) abort(); \
      double took = (now() - start) / (double)(count); \
      if (took < best) best = took; \
    } \
    printf("C    %-28s %8.1f ns\n", what, best * 1e9); \
  } while (0)

static const char JOB[] =
    "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"pi\"},\"spec\":{\"template\":{\"spec\":"
    "{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"main\",\"image\":\"perl\"}]}}}}";

static jobsem_status status_text(const jobsem_cluster *cluster) {
  jobsem_buf *out;
  jobsem_status status =
      jobsem_cluster_get_status(cluster, JOBSEM_KIND_JOB, NULL, 0, "pi", 2, &out, NULL);
  return status ? status : jobsem_buf_free(out);
}

int main(void) {
  jobsem_options options = JOBSEM_OPTIONS_INIT(37);
  jobsem_cluster *cluster;
  jobsem_work work = JOBSEM_WORK_INIT;
  jobsem_job_state state = JOBSEM_JOB_STATE_INIT;
  jobsem_pod_report report = JOBSEM_POD_REPORT_INIT;
  int64_t at = INT64_C(946684801000000000);
  jobsem_cluster_new(&options, &cluster, NULL);
  if (jobsem_cluster_create(cluster, at, JOB, sizeof(JOB) - 1, NULL, NULL)) return 1;
  jobsem_cluster_poll_work(cluster, &work, NULL);
  char name[64];
  memcpy(name, work.name, work.name_len + 1);
  report.kind = JOBSEM_REPORT_RUNNING;
  report.name = name;
  report.name_len = strlen(name);
  MEASURE("an empty call (poll_work)", 1000000, jobsem_cluster_poll_work(cluster, &work, NULL));
  MEASURE("a Job's state, typed", 1000000,
          jobsem_cluster_job_state(cluster, NULL, 0, "pi", 2, &state, NULL));
  MEASURE("a pod report", 200000, jobsem_cluster_report(cluster, at, &report, NULL));
  MEASURE("a status as JSON", 200000, status_text(cluster));
  return jobsem_cluster_free(cluster);
}
