/* What a C program does with the library, and what it must not do and is told of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobsem.h"

#define CHECK(holds) \
  do { \
    if (!(holds)) { \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #holds); \
      exit(1); \
    } \
  } while (0)
#define STR(text) (text), (sizeof(text) - 1)
#define NOW INT64_C(946684801000000000)

static const char JOB[] =
    "apiVersion: batch/v1\n"
    "kind: Job\n"
    "metadata: {name: train}\n"
    "spec:\n"
    "  completionMode: Indexed\n"
    "  completions: 2\n"
    "  parallelism: 2\n"
    "  backoffLimitPerIndex: 1\n"
    "  template:\n"
    "    spec:\n"
    "      restartPolicy: Never\n"
    "      containers: [{name: main, image: busybox, command: [sh]}]\n";

static int has(const char *text, const char *part) { return text && strstr(text, part) != NULL; }

/* The text of a buffer; the one before is freed. NULL frees the last. */
static const char *hold(jobsem_buf *buf) {
  static jobsem_buf *held;
  CHECK(jobsem_buf_free(held) == JOBSEM_OK);
  held = buf;
  CHECK(!buf || strlen(jobsem_buf_data(buf)) == jobsem_buf_len(buf));
  return buf ? jobsem_buf_data(buf) : NULL;
}

static void a_job_runs(jobsem_options *options) {
  jobsem_cluster *cluster;
  jobsem_work work = JOBSEM_WORK_INIT;
  jobsem_wakeup wakeup = JOBSEM_WAKEUP_INIT;
  jobsem_job_state state = JOBSEM_JOB_STATE_INIT;
  jobsem_pod_report report = JOBSEM_POD_REPORT_INIT;
  jobsem_buf *out;
  int64_t now = NOW;
  int started = 0;
  CHECK(jobsem_cluster_new(options, &cluster, NULL) == JOBSEM_OK);
  CHECK(jobsem_cluster_create(cluster, now, JOB, sizeof(JOB) - 1, &out, NULL) == JOBSEM_OK);
  CHECK(has(hold(out), "\"name\":\"train\""));
  for (;;) {
    CHECK(jobsem_cluster_poll_work(cluster, &work, NULL) == JOBSEM_OK);
    if (work.kind == JOBSEM_WORK_START) {
      CHECK(work.completion_index == 0 || work.completion_index == 1);
      CHECK(jobsem_cluster_work_pod(cluster, &out, NULL) == JOBSEM_OK);
      CHECK(has(hold(out), work.name) && has(hold(NULL) ? "" : work.pod_namespace, "default"));
      report.name = work.name, report.name_len = work.name_len;
      report.kind = JOBSEM_REPORT_RUNNING;
      CHECK(jobsem_cluster_report(cluster, now, &report, NULL) == JOBSEM_OK);
      report.kind = JOBSEM_REPORT_EXITED;
      report.exit_code = started++ == 0; /* the first one fails */
      CHECK(jobsem_cluster_report(cluster, now, &report, NULL) == JOBSEM_OK);
      continue;
    }
    CHECK(jobsem_cluster_poll_timeout(cluster, &wakeup, NULL) == JOBSEM_OK);
    if (wakeup.reason == JOBSEM_WAKE_NONE) break;
    CHECK(wakeup.at_ns >= now);
    now = wakeup.at_ns;
    CHECK(jobsem_cluster_handle_timeout(cluster, now, NULL) == JOBSEM_OK);
  }
  CHECK(jobsem_cluster_job_state(cluster, NULL, 0, STR("train"), &state, NULL) == JOBSEM_OK);
  CHECK(state.verdict == JOBSEM_VERDICT_SUCCEEDED);
  CHECK(state.succeeded == 2 && state.failed == 1 && started == 3);
  CHECK(jobsem_cluster_get_status(cluster, JOBSEM_KIND_JOB, NULL, 0, STR("train"), &out, NULL) ==
        JOBSEM_OK);
  CHECK(has(hold(out), "\"completedIndexes\":\"0,1\""));
  CHECK(jobsem_cluster_poll_event(cluster, &out, NULL) == JOBSEM_OK);
  CHECK(has(hold(out), "SuccessfulCreate"));
  hold(NULL);
  CHECK(jobsem_cluster_free(cluster) == JOBSEM_OK);
}

static void mistakes_are_told(jobsem_options *options) {
  jobsem_cluster *cluster = NULL;
  jobsem_error *error;
  jobsem_buf *out;
  static const char bad[] =
      "{\"apiVersion\": \"batch/v1\", \"kind\": \"Job\", \"metadata\": {\"name\": \"x\"},"
      " \"spec\": {\"backoffLimit\": -1, \"template\": {\"spec\": {\"restartPolicy\": \"Never\","
      " \"containers\": [{\"name\": \"m\", \"image\": \"i\"}]}}}}";
  CHECK(jobsem_validate_create(options, STR(bad), NOW, &out, &error) == JOBSEM_E_INVALID);
  CHECK(out == NULL);
  CHECK(jobsem_error_status(error) == JOBSEM_E_INVALID);
  CHECK(!strcmp(jobsem_error_path(error), "spec.backoffLimit"));
  CHECK(has(jobsem_error_refusal(error), "\"code\":422"));
  CHECK(has(jobsem_error_message(error), "must be greater than or equal to 0"));
  CHECK(jobsem_error_free(error) == JOBSEM_OK);
  CHECK(!strcmp(jobsem_status_name(JOBSEM_E_INVALID), "invalid"));
  CHECK(!strcmp(jobsem_status_name(12345), "unknown"));

  CHECK(jobsem_cluster_new(NULL, &cluster, &error) == JOBSEM_E_NULL && cluster == NULL);
  CHECK(jobsem_error_free(error) == JOBSEM_OK);
  CHECK(jobsem_cluster_new(options, &cluster, NULL) == JOBSEM_OK);
  CHECK(jobsem_cluster_create(cluster, NOW, "\xff\xfe", 2, NULL, NULL) == JOBSEM_E_UTF8);
  CHECK(jobsem_cluster_create(cluster, NOW, STR("kind: ["), NULL, &error) == JOBSEM_E_DECODE);
  CHECK(jobsem_error_free(error) == JOBSEM_OK);
  CHECK(jobsem_cluster_create(cluster, NOW, JOB, sizeof(JOB) - 1, NULL, NULL) == JOBSEM_OK);
  CHECK(jobsem_cluster_create(cluster, NOW, JOB, sizeof(JOB) - 1, NULL, NULL) ==
        JOBSEM_E_ALREADY_EXISTS);
  CHECK(jobsem_cluster_handle_timeout(cluster, NOW - 1, NULL) == JOBSEM_E_TIME_WENT_BACK);
  /* A handle of another kind, and one that was freed. */
  CHECK(jobsem_controller_handle_timeout((jobsem_controller *)cluster, NOW, NULL) ==
        JOBSEM_E_HANDLE);
  CHECK(jobsem_cluster_free(cluster) == JOBSEM_OK);
  CHECK(jobsem_cluster_free(cluster) == JOBSEM_E_HANDLE);
  CHECK(jobsem_cluster_handle_timeout(cluster, NOW, NULL) == JOBSEM_E_HANDLE);
  CHECK(jobsem_cluster_free(NULL) == JOBSEM_OK);
}

static void times_come_in_order(void) {
  jobsem_cron *cron;
  int64_t at = NOW;
  CHECK(jobsem_cron_new(STR("*/15 * * * *"), NULL, 0, &cron, NULL) == JOBSEM_OK);
  for (int i = 0; i < 100; i++) {
    int64_t before = at;
    int32_t set = 0;
    CHECK(jobsem_cron_next(cron, at, &set, &at, NULL) == JOBSEM_OK && set && at > before);
    CHECK(at % INT64_C(900000000000) == 0);
  }
  CHECK(jobsem_cron_free(cron) == JOBSEM_OK);
}

int main(void) {
  jobsem_options options = JOBSEM_OPTIONS_INIT(JOBSEM_KUBE_MINOR_NEWEST);
  CHECK(jobsem_abi_version() >> 16 == JOBSEM_ABI_VERSION >> 16);
  CHECK(!strcmp(jobsem_version(), JOBSEM_VERSION));
  for (int minor = JOBSEM_KUBE_MINOR_OLDEST; minor <= JOBSEM_KUBE_MINOR_NEWEST; minor++) {
    options.kube_minor = minor;
    a_job_runs(&options);
  }
  options.seed = 7;
  options.flags = JOBSEM_FLAG_NOTES;
  a_job_runs(&options);
  mistakes_are_told(&options);
  times_come_in_order();
  puts("the C ABI is well");
  return 0;
}
