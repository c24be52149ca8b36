// A Job in Go, through the C ABI: pods are goroutines, time is the library's.
//
//	CGO_CFLAGS=-I../../include CGO_LDFLAGS="-L<lib> -ljobsem" go run .
package main

/*
#include <stdlib.h>
#include "jobsem.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

const manifest = `
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  completionMode: Indexed
  completions: 4
  parallelism: 2
  backoffLimitPerIndex: 1
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: trainer}]
`

// Cluster is a jobsem_cluster.
type Cluster struct{ handle *C.jobsem_cluster }

func failure(status C.jobsem_status, err *C.jobsem_error) error {
	if status == C.JOBSEM_OK {
		return nil
	}
	defer C.jobsem_error_free(err)
	return errors.New(C.GoString(C.jobsem_error_message(err)))
}

// text lends a Go string to a call.
func text(s string) (*C.char, C.size_t) {
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.size_t(len(s))
}

// New makes an empty cluster of Kubernetes 1.minor.
func New(minor int) (*Cluster, error) {
	options := C.jobsem_options{struct_size: C.sizeof_jobsem_options, kube_minor: C.int32_t(minor)}
	var cluster Cluster
	var err *C.jobsem_error
	status := C.jobsem_cluster_new(&options, &cluster.handle, &err)
	return &cluster, failure(status, err)
}

// Close frees the cluster.
func (c *Cluster) Close() { C.jobsem_cluster_free(c.handle) }

// Create creates a Job.
func (c *Cluster) Create(now int64, manifest string) error {
	var err *C.jobsem_error
	data, size := text(manifest)
	return failure(C.jobsem_cluster_create(c.handle, C.int64_t(now), data, size, nil, &err), err)
}

// PollStart is the next pod to start, and its completion index; empty if there is none.
func (c *Cluster) PollStart() (string, int, error) {
	work := C.jobsem_work{struct_size: C.sizeof_jobsem_work}
	var err *C.jobsem_error
	status := C.jobsem_cluster_poll_work(c.handle, &work, &err)
	if work.kind != C.JOBSEM_WORK_START {
		return "", -1, failure(status, err)
	}
	return C.GoStringN(work.name, C.int(work.name_len)), int(work.completion_index), nil
}

// Exited reports that a pod has ended.
func (c *Cluster) Exited(now int64, pod string, code int) error {
	// cgo does not let a struct with a Go pointer in it cross: the name is copied.
	name := C.CString(pod)
	defer C.free(unsafe.Pointer(name))
	report := C.jobsem_pod_report{
		struct_size: C.sizeof_jobsem_pod_report, kind: C.JOBSEM_REPORT_EXITED,
		exit_code: C.int32_t(code), name: name, name_len: C.size_t(len(pod)),
	}
	var err *C.jobsem_error
	return failure(C.jobsem_cluster_report(c.handle, C.int64_t(now), &report, &err), err)
}

// Wait lets the time pass until something is due; false if nothing ever is.
func (c *Cluster) Wait(now *int64) (bool, error) {
	wakeup := C.jobsem_wakeup{struct_size: C.sizeof_jobsem_wakeup}
	var err *C.jobsem_error
	status := C.jobsem_cluster_poll_timeout(c.handle, &wakeup, &err)
	if status != C.JOBSEM_OK || wakeup.reason == C.JOBSEM_WAKE_NONE {
		return false, failure(status, err)
	}
	*now = int64(wakeup.at_ns)
	return true, failure(C.jobsem_cluster_handle_timeout(c.handle, wakeup.at_ns, &err), err)
}

func run() error {
	cluster, err := New(37)
	if err != nil {
		return err
	}
	defer cluster.Close()
	now := int64(946684801000000000)
	if err := cluster.Create(now, manifest); err != nil {
		return err
	}
	tries, failures := map[int]int{}, 0
	for {
		pod, index, err := cluster.PollStart()
		if err != nil {
			return err
		}
		if pod == "" {
			if more, err := cluster.Wait(&now); err != nil || !more {
				if err != nil {
					return err
				}
				break
			}
			continue
		}
		done := make(chan int)
		tries[index]++
		go func(try int) {
			if index == 2 && try == 1 {
				done <- 1
			}
			done <- 0
		}(tries[index])
		code := <-done
		failures += code
		fmt.Printf("%s (index %d) exits with %d\n", pod, index, code)
		if err := cluster.Exited(now, pod, code); err != nil {
			return err
		}
	}
	state := C.jobsem_job_state{struct_size: C.sizeof_jobsem_job_state}
	var failed *C.jobsem_error
	name, size := text("train")
	if err := failure(C.jobsem_cluster_job_state(cluster.handle, nil, 0, name, size, &state, &failed), failed); err != nil {
		return err
	}
	if state.verdict != C.JOBSEM_VERDICT_SUCCEEDED || int(state.failed) != failures {
		return fmt.Errorf("train stands at verdict %d with %d failures", state.verdict, state.failed)
	}
	fmt.Printf("train succeeded after %d failure\n", failures)
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
