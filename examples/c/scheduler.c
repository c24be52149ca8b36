/*
 * A scheduler in C: a Job's pods are processes.
 *
 *     cc scheduler.c $(pkg-config --cflags --libs jobsem) -o scheduler && ./scheduler pi.yaml
 *
 * It knows nothing about Jobs. The cluster says which pod to start or stop and when to call it
 * again; the scheduler forks, waits, and reports exit codes. How often a pod is tried, how long
 * the next one waits, and when the Job is done are Kubernetes' rules, and the library's.
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jobsem.h"

#define MAX_PODS 64

/* A pod that runs, or is to be stopped. */
struct pod {
  pid_t pid;
  char name[254];
  int64_t kill_at; /* 0: nobody has asked it to stop */
};
static struct pod pods[MAX_PODS];

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Ends the program if a call has failed. */
static void check(jobsem_status status, jobsem_error *error) {
  if (status == JOBSEM_OK) return;
  const char *message = error ? jobsem_error_message(error) : jobsem_status_name(status);
  fprintf(stderr, "error: %s\n", message);
  jobsem_error_free(error);
  exit(2);
}

static void report(jobsem_cluster *cluster, const char *name, int32_t kind, int code) {
  jobsem_pod_report report = JOBSEM_POD_REPORT_INIT;
  jobsem_error *error;
  report.kind = kind;
  report.exit_code = code;
  report.name = name;
  report.name_len = strlen(name);
  jobsem_status status = jobsem_cluster_report(cluster, now_ns(), &report, &error);
  check(status, error);
}

static void start(jobsem_cluster *cluster, const jobsem_work *work) {
  jobsem_invocation *invocation;
  jobsem_error *error;
  struct pod *pod = NULL;
  for (int i = 0; i < MAX_PODS && !pod; i++)
    if (!pods[i].pid) pod = &pods[i];
  if (!pod || work->name_len >= sizeof(pod->name)) {
    fprintf(stderr, "error: no room for %s\n", work->name);
    exit(2);
  }
  jobsem_status status = jobsem_cluster_invocation(cluster, work->pod_namespace,
      work->pod_namespace_len, work->name, work->name_len, NULL, 0, &invocation, &error);
  check(status, error);
  const char *const *argv = jobsem_invocation_argv(invocation);
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    const char *const *envp = jobsem_invocation_envp(invocation);
    for (; *envp; envp++) putenv((char *)*envp);
    if (argv[0]) execvp(argv[0], (char *const *)argv);
    fprintf(stderr, "%s: %s\n", argv[0] ? argv[0] : "no command", strerror(errno));
    _exit(127);
  }
  jobsem_invocation_free(invocation);
  if (pid < 0) {
    perror("fork");
    exit(2);
  }
  printf("%s starts\n", work->name);
  pod->pid = pid;
  pod->kill_at = 0;
  memcpy(pod->name, work->name, work->name_len + 1);
  report(cluster, pod->name, JOBSEM_REPORT_RUNNING, 0);
}

static void stop(jobsem_cluster *cluster, const jobsem_work *work) {
  for (int i = 0; i < MAX_PODS; i++) {
    if (!pods[i].pid || strcmp(pods[i].name, work->name)) continue;
    kill(pods[i].pid, work->grace_seconds ? SIGTERM : SIGKILL);
    pods[i].kill_at = now_ns() + work->grace_seconds * 1000000000;
    return;
  }
  /* It does not run any more. */
  char name[254];
  snprintf(name, sizeof(name), "%s", work->name);
  report(cluster, name, JOBSEM_REPORT_REMOVED, 0);
}

/* Takes what has ended; kills what was asked to end and did not. */
static void look_after(jobsem_cluster *cluster) {
  for (int i = 0; i < MAX_PODS; i++) {
    struct pod *pod = &pods[i];
    int how;
    if (!pod->pid) continue;
    if (pod->kill_at && now_ns() >= pod->kill_at) kill(pod->pid, SIGKILL);
    if (waitpid(pod->pid, &how, WNOHANG) != pod->pid) continue;
    int code = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    int stopped = pod->kill_at != 0;
    char name[sizeof(pod->name)];
    memcpy(name, pod->name, sizeof(name));
    pod->pid = 0;
    printf("%s exits with %d\n", name, code);
    report(cluster, name, JOBSEM_REPORT_EXITED, code);
    if (stopped) report(cluster, name, JOBSEM_REPORT_REMOVED, 0);
  }
}

static char *read_file(const char *path, size_t *len) {
  FILE *file = fopen(path, "rb");
  char *text = malloc(1 << 20);
  if (!file || !text) {
    perror(path);
    exit(2);
  }
  *len = fread(text, 1, 1 << 20, file);
  fclose(file);
  return text;
}

/* The name in `{"name":"...",...}`, as the library writes it. */
static void name_of(const char *created, char *name, size_t size) {
  const char *from = strstr(created, "\"name\":\"");
  size_t len = from ? strcspn(from += 8, "\"") : 0;
  snprintf(name, size, "%.*s", (int)len, from ? from : "");
}

int main(int argc, char **argv) {
  jobsem_options options = JOBSEM_OPTIONS_INIT(JOBSEM_KUBE_MINOR_NEWEST);
  jobsem_cluster *cluster;
  jobsem_error *error;
  jobsem_buf *created;
  char job[254];
  size_t len;
  if (argc != 2) {
    fprintf(stderr, "usage: %s MANIFEST\n", argv[0]);
    return 2;
  }
  char *manifest = read_file(argv[1], &len);
  options.seed = (uint64_t)now_ns();
  check(jobsem_cluster_new(&options, &cluster, &error), error);
  check(jobsem_cluster_create(cluster, now_ns(), manifest, len, &created, &error), error);
  name_of(jobsem_buf_data(created), job, sizeof(job));
  jobsem_buf_free(created);
  free(manifest);

  jobsem_job_state state = JOBSEM_JOB_STATE_INIT;
  for (;;) {
    jobsem_work work = JOBSEM_WORK_INIT;
    jobsem_wakeup wakeup = JOBSEM_WAKEUP_INIT;
    for (;;) {
      check(jobsem_cluster_poll_work(cluster, &work, &error), error);
      if (work.kind == JOBSEM_WORK_NONE) break;
      if (work.kind == JOBSEM_WORK_START) start(cluster, &work);
      if (work.kind == JOBSEM_WORK_STOP) stop(cluster, &work);
    }
    check(jobsem_cluster_job_state(cluster, NULL, 0, job, strlen(job), &state, &error), error);
    if (state.verdict == JOBSEM_VERDICT_SUCCEEDED || state.verdict == JOBSEM_VERDICT_FAILED) break;
    struct timespec pause = {0, 10000000};
    nanosleep(&pause, NULL);
    look_after(cluster);
    check(jobsem_cluster_poll_timeout(cluster, &wakeup, &error), error);
    if (wakeup.reason != JOBSEM_WAKE_NONE && wakeup.at_ns <= now_ns())
      check(jobsem_cluster_handle_timeout(cluster, now_ns(), &error), error);
  }
  int complete = state.verdict == JOBSEM_VERDICT_SUCCEEDED;
  printf("%s: %s, %d succeeded, %d failed\n", job, complete ? "Complete" : "Failed",
      state.succeeded, state.failed);
  jobsem_cluster_free(cluster);
  return !complete;
}
