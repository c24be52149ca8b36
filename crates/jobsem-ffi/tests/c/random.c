/*
 * A random sequence of calls: `random CALLS SEED`. Arguments are good, bad and stale ones mixed:
 * handles after their free, handles of another kind, NULL, texts cut short, numbers out of range.
 * Whatever comes, each call returns a status that has a name, and never JOBSEM_E_PANIC.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobsem.h"

static uint64_t state;
static uint64_t next(void) {
  uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}
static uint64_t below(uint64_t n) { return next() % n; }

static unsigned long seen[1000], calls;
static int64_t now = INT64_C(946684801000000000);

static jobsem_status did(jobsem_status status) {
  calls++;
  if (status == JOBSEM_E_PANIC || status < 0 || status > 999 ||
      !strcmp(jobsem_status_name(status), "unknown")) {
    fprintf(stderr, "call %lu: status %d\n", calls, status);
    abort();
  }
  seen[status]++;
  return status;
}

/* A text: one of some good ones, now and then cut short or with a byte changed. */
typedef struct { const char *data; size_t len; } text;
static char scratch[4096];
static const char *const TEXTS[] = {
    "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"parallelism\":2,"
    "\"completions\":3,\"completionMode\":\"Indexed\",\"template\":{\"spec\":{\"restartPolicy\":\"Never\","
    "\"containers\":[{\"name\":\"m\",\"image\":\"i\",\"command\":[\"x\"]}]}}}}",
    "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: b-}\nspec: {backoffLimit: 1, "
    "ttlSecondsAfterFinished: 5, template: {spec: {restartPolicy: OnFailure, containers: [{name: m, image: i}]}}}",
    "{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\",\"metadata\":{\"name\":\"c\"},\"spec\":{\"schedule\":"
    "\"*/5 * * * *\",\"jobTemplate\":{\"spec\":{\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":"
    "[{\"name\":\"m\",\"image\":\"i\"}]}}}}}}",
    "{\"spec\":{\"suspend\":true}}", "{\"spec\":{\"parallelism\":0,\"suspend\":false}}",
    "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Job\",\"metadata\":{\"name\":\"a\",\"namespace\":\"default\","
    "\"uid\":\"u\"},\"spec\":{\"parallelism\":1,\"completions\":1,\"backoffLimit\":1,\"selector\":{\"matchLabels\":"
    "{\"j\":\"a\"}},\"template\":{\"spec\":{\"containers\":[{\"name\":\"m\"}]}}}}}",
    "{\"type\":\"MODIFIED\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"default\","
    "\"uid\":\"q\",\"labels\":{\"j\":\"a\"}},\"status\":{\"phase\":\"Failed\"}}}",
    "{\"kind\":\"List\",\"items\":[]}", "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":500}",
    "{\"phase\":\"Failed\",\"containerStatuses\":[{\"name\":\"m\",\"state\":{\"terminated\":{\"exitCode\":3}}}]}",
    "a", "b-00000", "a-0-00000", "a-1-00001", "c", "m", "default", "*/5 * * * *", "@daily", "Europe/Berlin",
    "[{\"name\":\"a\"},{\"name\":\"b\",\"start\":\"2024-01-01T00:00:00Z\"}]",
    "{\"id\":\"j\",\"owns\":[{\"id\":\"p\",\"blocks\":false}]}", "", "null", "[1", "\xff",
};
#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static text any(void) {
  const char *from = TEXTS[below(COUNT(TEXTS))];
  text out = {from, strlen(from)};
  uint64_t how = below(12);
  if (how == 0) return (text){NULL, below(2)};
  if (how == 1 && out.len) out.len = below(out.len);
  if (how == 2 && out.len && out.len < sizeof(scratch)) {
    memcpy(scratch, from, out.len);
    scratch[below(out.len)] = (char)next();
    out.data = scratch;
  }
  return out;
}
static text name(void) {
  const char *from = TEXTS[10 + below(5)];
  return below(8) ? (text){from, strlen(from)} : any();
}

/* Handles, some of them NULL, some freed not long ago. */
#define SLOTS 6
static jobsem_cluster *clusters[SLOTS];
static jobsem_controller *controllers[SLOTS];
static jobsem_memory *memories[SLOTS];
static jobsem_cleanup *cleanups[SLOTS];
static jobsem_cron *crons[SLOTS];
static unsigned long freed_at[5][SLOTS];
static unsigned long frees;

/* A stale handle is only used while the library promises to tell. */
static void forget(void **slots, unsigned long *at) {
  for (int i = 0; i < SLOTS; i++)
    if (at[i] && frees - at[i] > 200) slots[i] = NULL, at[i] = 0;
}
#define ANY(slots) (slots[below(SLOTS)])

static void release(jobsem_buf *buf, jobsem_error *error) {
  if (buf) {
    const char *data = jobsem_buf_data(buf);
    if (strlen(data) != jobsem_buf_len(buf)) abort();
    did(jobsem_buf_free(buf)), frees++;
  }
  if (error) {
    if (!jobsem_error_message(error)) abort();
    if (below(4) == 0) {
      jobsem_buf *json = NULL;
      did(jobsem_error_json(error, &json));
      did(jobsem_buf_free(json)), frees++;
    }
    did(jobsem_error_free(error)), frees++;
  }
}

static jobsem_options options(void) {
  jobsem_options out = JOBSEM_OPTIONS_INIT((int32_t)(29 + below(9)));
  out.flags = (uint32_t)below(2);
  out.seed = below(3);
  if (below(20) == 0) out.struct_size = (uint32_t)next() % 200 < 80 ? 8 : 80;
  if (below(20) == 0) out.flags = (uint32_t)next();
  if (below(20) == 0) out.kube_minor = (int32_t)next();
  if (below(20) == 0) out.field_validation = (int32_t)below(4);
  return out;
}

#define NEW(slots, family, call) \
  do { \
    int i = (int)below(SLOTS); \
    if (!slots[i] || freed_at[family][i]) { \
      slots[i] = NULL; \
      freed_at[family][i] = 0; \
      (void)(call); \
    } \
  } while (0)
#define FREE(slots, family, free_it) \
  do { \
    int i = (int)below(SLOTS); \
    if (did(free_it(slots[i])) == JOBSEM_OK && slots[i]) freed_at[family][i] = ++frees; \
  } while (0)

static void one(void) {
  jobsem_buf *out = NULL, *timeline = NULL;
  jobsem_error *error = NULL;
  jobsem_error **err = below(3) ? &error : NULL;
  jobsem_options o = options();
  jobsem_options *op = below(30) ? &o : NULL;
  jobsem_work work = JOBSEM_WORK_INIT;
  jobsem_wakeup wakeup = JOBSEM_WAKEUP_INIT;
  jobsem_job_state job = JOBSEM_JOB_STATE_INIT;
  jobsem_pod_report report = JOBSEM_POD_REPORT_INIT;
  jobsem_invocation *invocation = NULL;
  text t = any(), n = name(), ns = below(4) ? (text){NULL, 0} : any();
  int32_t set = 0, kind = (int32_t)below(5);
  uint64_t number = 0;
  int64_t at = 0;
  if (below(4) == 0) now += (int64_t)below(UINT64_C(20000000000));
  int64_t when = below(50) ? now : (int64_t)next();
  if (when > now) when = now;
  forget((void **)clusters, freed_at[0]);
  forget((void **)controllers, freed_at[1]);
  forget((void **)memories, freed_at[2]);
  forget((void **)cleanups, freed_at[3]);
  forget((void **)crons, freed_at[4]);
  switch (below(52)) {
    case 0: case 1: NEW(clusters, 0, did(jobsem_cluster_new(op, &clusters[i], err))); break;
    case 2: NEW(controllers, 1, did(jobsem_controller_new(op, kind, &controllers[i], err))); break;
    case 3: NEW(memories, 2, did(jobsem_memory_new(&memories[i], err))); break;
    case 4: NEW(cleanups, 3, did(jobsem_cleanup_new(&cleanups[i], err))); break;
    case 5: NEW(crons, 4, did(jobsem_cron_new(t.data, t.len, NULL, 0, &crons[i], err))); break;
    case 6: if (below(40) == 0) FREE(clusters, 0, jobsem_cluster_free); break;
    case 7: if (below(20) == 0) FREE(controllers, 1, jobsem_controller_free); break;
    case 8: if (below(4) == 0) FREE(memories, 2, jobsem_memory_free); break;
    case 9: if (below(20) == 0) FREE(cleanups, 3, jobsem_cleanup_free); break;
    case 10: if (below(4) == 0) FREE(crons, 4, jobsem_cron_free); break;
    case 11: case 12: did(jobsem_cluster_create(ANY(clusters), when, t.data, t.len, below(2) ? &out : NULL, err)); break;
    case 13: did(jobsem_cluster_patch(ANY(clusters), when, kind, ns.data, ns.len, n.data, n.len, t.data, t.len, &out, err)); break;
    case 14: did(jobsem_cluster_delete(ANY(clusters), when, kind, ns.data, ns.len, n.data, n.len, (int32_t)below(4), err)); break;
    case 15: did(jobsem_cluster_delete_pod(ANY(clusters), when, ns.data, ns.len, n.data, n.len, (int64_t)below(40) - 2, err)); break;
    case 16: case 17: case 18: case 19: {
      jobsem_cluster *cluster = ANY(clusters);
      if (did(jobsem_cluster_poll_work(cluster, below(50) ? &work : NULL, err)) || !work.kind) break;
      report.kind = (int32_t)below(5), report.exit_code = (int32_t)below(3);
      report.name = work.name, report.name_len = work.name_len;
      did(jobsem_cluster_invocation(cluster, NULL, 0, work.name, work.name_len, NULL, 0, &invocation, NULL));
      did(jobsem_cluster_report(cluster, when, &report, NULL));
      break;
    }
    case 20: case 21:
      report.kind = (int32_t)below(5), report.exit_code = (int32_t)below(3);
      report.name = n.data, report.name_len = n.len;
      if (below(9) == 0) report.struct_size = (uint32_t)below(100) < 64 ? 3 : 64;
      did(jobsem_cluster_report(ANY(clusters), when, &report, err));
      break;
    case 22: did(jobsem_cluster_report_status(ANY(clusters), when, ns.data, ns.len, n.data, n.len, t.data, t.len, err)); break;
    case 23: case 24: did(jobsem_cluster_handle_timeout(ANY(clusters), when, err)); break;
    case 25: did(jobsem_cluster_restart_controllers(ANY(clusters), when, (int64_t)below(1000000000), err)); break;
    case 26: did(jobsem_cluster_work_pod(ANY(clusters), &out, err)); break;
    case 27: did(jobsem_cluster_poll_event(ANY(clusters), &out, err)); break;
    case 28: did(jobsem_cluster_poll_note(ANY(clusters), &out, err)); break;
    case 29: did(jobsem_cluster_poll_timeout(ANY(clusters), &wakeup, err)); break;
    case 30: did(jobsem_cluster_wakeup_of(ANY(clusters), kind, ns.data, ns.len, n.data, n.len, &wakeup, err)); break;
    case 31: did(jobsem_cluster_job_state(ANY(clusters), ns.data, ns.len, n.data, n.len, &job, err)); break;
    case 32: did(jobsem_cluster_get(ANY(clusters), kind, ns.data, ns.len, n.data, n.len, &out, err)); break;
    case 33: did(jobsem_cluster_get_status(ANY(clusters), kind, ns.data, ns.len, n.data, n.len, &out, err)); break;
    case 34: if (below(10) == 0) did(jobsem_cluster_list(ANY(clusters), kind, &out, err)); break;
    case 35: did(jobsem_controller_handle_watch(ANY(controllers), when, t.data, t.len, err)); break;
    case 36: did(jobsem_controller_handle_list(ANY(controllers), when, t.data, t.len, err)); break;
    case 37: case 38: {
      jobsem_controller *controller = ANY(controllers);
      did(jobsem_controller_poll_request(controller, &number, &out, err));
      if (out) did(jobsem_controller_handle_result(controller, when, number, t.data, t.len, NULL));
      break;
    }
    case 39: did(jobsem_controller_handle_timeout(ANY(controllers), when, err)); break;
    case 40: did(jobsem_controller_poll_event(ANY(controllers), &out, err)); break;
    case 41: did(jobsem_controller_poll_timeout(ANY(controllers), &wakeup, err)); break;
    case 42: did(jobsem_controller_handle_timeout((jobsem_controller *)ANY(clusters), when, err)); break;
    case 43: did(jobsem_reconcile(op, ANY(memories), t.data, t.len, NULL, 0, when, &out, err)); break;
    case 44: did(jobsem_outcome(t.data, t.len, &set, &out, err)); break;
    case 45: did(jobsem_validate_create(op, t.data, t.len, when, &out, err)); break;
    case 46: did(jobsem_validate_update(op, TEXTS[0], strlen(TEXTS[0]), t.data, t.len, &out, err)); break;
    case 47: did(jobsem_check(op, t.data, t.len, NULL, 0, &out, err)); break;
    case 48: did(jobsem_explain(op, t.data, t.len, when, &out, err)); break;
    case 49: did(jobsem_cron_next(ANY(crons), (int64_t)next(), &set, &at, err)); break;
    case 50: {
      jobsem_cleanup *cleanup = ANY(cleanups);
      did(jobsem_cleanup_add(cleanup, below(20), when, (int32_t)below(100), err));
      did(jobsem_cleanup_poll_due(cleanup, now, &set, &number, NULL));
      did(jobsem_cleanup_remove(cleanup, below(20), &set, NULL));
      break;
    }
    case 51: did(jobsem_cleanup_plan(t.data, t.len, kind, &out, err)); break;
  }
  release(out, error);
  release(timeline, NULL);
  if (invocation) did(jobsem_invocation_free(invocation)), frees++;
  if (err && error && seen[0] == 0) abort();
}

int main(int argc, char **argv) {
  unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
  state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  printf("%lu calls, seed %llu\n", wanted, (unsigned long long)state);
  while (calls < wanted) {
    one();
    /* What has grown too large to be quick is thrown away. */
    if (below(3000) == 0) FREE(clusters, 0, jobsem_cluster_free);
    if (below(3000) == 0) FREE(controllers, 1, jobsem_controller_free);
  }
  for (int i = 0; i < SLOTS; i++) {
    if (!freed_at[0][i]) did(jobsem_cluster_free(clusters[i]));
    if (!freed_at[1][i]) did(jobsem_controller_free(controllers[i]));
    if (!freed_at[2][i]) did(jobsem_memory_free(memories[i]));
    if (!freed_at[3][i]) did(jobsem_cleanup_free(cleanups[i]));
    if (!freed_at[4][i]) did(jobsem_cron_free(crons[i]));
  }
  for (int status = 0; status < 1000; status++)
    if (seen[status]) printf("%9lu %s\n", seen[status], jobsem_status_name(status));
  return 0;
}
