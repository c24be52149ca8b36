/*
 * A scheduler in C: a Job's containers are processes.
 *
 *     cc scheduler.c $(pkg-config --cflags --libs jobsem) -o scheduler && ./scheduler pi.yaml
 *
 * It knows nothing about Jobs. The library says which container to start, to stop and to kill, and
 * when to ask again; the scheduler forks, signals, waits, and reports exit codes. How often a pod is
 * tried, how long the next one waits, when a container has had its time to end, and when the Job is
 * done are Kubernetes' rules, and the library's.
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

#define MAX_CONTAINERS 64

/* A container that runs. */
struct container {
  pid_t pid; /* 0: the place is free */
  uint64_t ticket;
  char pod[254];
};
static struct container containers[MAX_CONTAINERS];

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

static void start(jobsem_cluster *cluster, const jobsem_task *task) {
  jobsem_invocation *invocation;
  jobsem_error *error;
  struct container *container = NULL;
  for (int i = 0; i < MAX_CONTAINERS && !container; i++)
    if (!containers[i].pid) container = &containers[i];
  if (!container || task->name_len >= sizeof(container->pod)) {
    fprintf(stderr, "error: no room for %s\n", task->name);
    exit(2);
  }
  check(jobsem_host_invocation(cluster, task->ticket, NULL, 0, &invocation, &error), error);
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
  printf("%s starts\n", task->name);
  container->pid = pid;
  container->ticket = task->ticket;
  memcpy(container->pod, task->name, task->name_len + 1);
  check(jobsem_host_started(cluster, now_ns(), task->ticket, &error), error);
}

static void signal_container(uint64_t ticket, int number) {
  for (int i = 0; i < MAX_CONTAINERS; i++)
    if (containers[i].pid && containers[i].ticket == ticket) kill(containers[i].pid, number);
}

/* Reports the containers that have ended. */
static void reap(jobsem_cluster *cluster) {
  jobsem_error *error;
  for (int i = 0; i < MAX_CONTAINERS; i++) {
    struct container *container = &containers[i];
    int how;
    if (!container->pid || waitpid(container->pid, &how, WNOHANG) != container->pid) continue;
    int code = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    printf("%s exits with %d\n", container->pod, code);
    container->pid = 0;
    jobsem_status status = jobsem_host_exited(
        cluster, now_ns(), container->ticket, code, NULL, 0, NULL, 0, &error);
    check(status, error);
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

  for (int32_t over = 0; !over;) {
    jobsem_task task = JOBSEM_TASK_INIT;
    jobsem_wakeup wakeup = JOBSEM_WAKEUP_INIT;
    check(jobsem_host_turn(cluster, now_ns(), &over, &wakeup, &error), error);
    for (;;) {
      check(jobsem_host_poll_task(cluster, &task, &error), error);
      if (task.kind == JOBSEM_TASK_NONE) break;
      if (task.kind == JOBSEM_TASK_START) start(cluster, &task);
      if (task.kind == JOBSEM_TASK_STOP) signal_container(task.ticket, SIGTERM);
      if (task.kind == JOBSEM_TASK_KILL) signal_container(task.ticket, SIGKILL);
    }
    /* A larger scheduler sleeps until `wakeup`, or until a child ends. */
    struct timespec pause = {0, 10000000};
    nanosleep(&pause, NULL);
    reap(cluster);
  }
  jobsem_job_state state = JOBSEM_JOB_STATE_INIT;
  check(jobsem_cluster_job_state(cluster, NULL, 0, job, strlen(job), &state, &error), error);
  int complete = state.verdict == JOBSEM_VERDICT_SUCCEEDED;
  printf("%s: %s, %d succeeded, %d failed\n", job, complete ? "Complete" : "Failed",
      state.succeeded, state.failed);
  jobsem_cluster_free(cluster);
  return !complete;
}
