"""A Job through the C ABI, from a language that has nothing but a foreign function interface.

Python has a package of its own; this is how little any other language needs.
JOBSEM_LIBRARY names the shared library.
"""

import ctypes as c
import os

lib = c.CDLL(os.environ.get("JOBSEM_LIBRARY", "libjobsem.so.1"))
lib.jobsem_error_message.restype = c.c_char_p
lib.jobsem_error_message.argtypes = [c.c_void_p]
lib.jobsem_error_free.argtypes = [c.c_void_p]
lib.jobsem_cluster_free.argtypes = [c.c_void_p]


def structure(name, *fields):
    """A struct that starts with its size."""

    def init(self, **values):
        c.Structure.__init__(self, struct_size=c.sizeof(type(self)), **values)

    members = [("struct_size", c.c_uint32), *fields]
    return type(name, (c.Structure,), {"_fields_": members, "__init__": init})


def text(name):
    return [(name, c.c_char_p), (name + "_len", c.c_size_t)]


Options = structure(
    "Options", ("flags", c.c_uint32), ("kube_minor", c.c_int32), ("field_validation", c.c_int32),
    ("seed", c.c_uint64), ("workers", c.c_uint32), ("reserved", c.c_uint32),
    *text("gates"), *text("time_zone"), *text("node"))
Work = structure(
    "Work", ("kind", c.c_int32), ("grace_seconds", c.c_int64), *text("pod_namespace"),
    *text("name"), ("completion_index", c.c_int32), ("reserved", c.c_uint32))
Report = structure(
    "Report", ("kind", c.c_int32), ("exit_code", c.c_int32), ("reserved", c.c_uint32),
    *text("pod_namespace"), *text("name"), *text("container"))
Wakeup = structure("Wakeup", ("reason", c.c_int32), ("at_ns", c.c_int64))
State = structure(
    "State", ("verdict", c.c_int32), ("active", c.c_int32), ("ready", c.c_int32),
    ("succeeded", c.c_int32), ("failed", c.c_int32), ("terminating", c.c_int32),
    ("reserved", c.c_uint32))


def call(function, *arguments):
    """Calls a function whose last argument takes the error; raises it."""
    error = c.c_void_p()
    if getattr(lib, function)(*arguments, c.byref(error)) != 0:
        message = lib.jobsem_error_message(error).decode()
        lib.jobsem_error_free(error)
        raise RuntimeError(message)


def sized(data):
    return c.c_char_p(data), c.c_size_t(len(data))


JOB = b"""
apiVersion: batch/v1
kind: Job
metadata: {name: pi}
spec:
  backoffLimit: 4
  template:
    spec: {restartPolicy: Never, containers: [{name: pi, image: perl}]}
"""
RUNNING, EXITED, SUCCEEDED = 1, 2, 6

cluster = c.c_void_p()
now = 946_684_801_000_000_000
call("jobsem_cluster_new", c.byref(Options(kube_minor=37)), c.byref(cluster))
call("jobsem_cluster_create", cluster, c.c_int64(now), *sized(JOB), None)
codes = iter([1, 0])
while True:
    work, wakeup = Work(), Wakeup()
    call("jobsem_cluster_poll_work", cluster, c.byref(work))
    if work.kind == 1:
        pod, code = bytes(work.name), next(codes)
        for report in (Report(kind=RUNNING), Report(kind=EXITED, exit_code=code)):
            report.name, report.name_len = pod, len(pod)
            call("jobsem_cluster_report", cluster, c.c_int64(now), c.byref(report))
        print(pod.decode(), "exits with", code)
        continue
    call("jobsem_cluster_poll_timeout", cluster, c.byref(wakeup))
    if wakeup.reason == 0:
        break
    now = wakeup.at_ns
    call("jobsem_cluster_handle_timeout", cluster, c.c_int64(now))
state = State()
call("jobsem_cluster_job_state", cluster, *sized(b""), *sized(b"pi"), c.byref(state))
assert state.verdict == SUCCEEDED, state.verdict
print(f"pi succeeded after {state.failed} failure")
lib.jobsem_cluster_free(cluster)
