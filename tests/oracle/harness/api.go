package oracle

import (
	"errors"
	"fmt"
	"sort"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	core "k8s.io/client-go/testing"
)

var errModified = errors.New("the object has been modified")

// react answers the controllers' calls, and logs them.
func (s *server) react(action core.Action) (bool, runtime.Object, error) {
	s.mu.Lock()
	if len(s.trace) > runaway {
		// The controller is not to get any further, and must not keep the others from the lock.
		s.mu.Unlock()
		select {}
	}
	defer s.mu.Unlock()
	if err := s.fault(action); err != nil {
		return true, nil, err
	}
	resource := action.GetResource().Resource
	if resource == "events" {
		return s.event(action)
	}
	switch a := action.(type) {
	case core.CreateActionImpl:
		switch resource {
		case "pods":
			return s.onCreatePod(a.GetObject().(*v1.Pod).DeepCopy())
		case "jobs":
			return s.onCreateJob(a.GetObject().(*batchv1.Job).DeepCopy())
		}
	case core.UpdateActionImpl:
		switch resource {
		case "jobs":
			return s.onUpdateJob(a.GetObject().(*batchv1.Job).DeepCopy(), a.Subresource)
		case "cronjobs":
			return s.onUpdateCronJob(a.GetObject().(*batchv1.CronJob).DeepCopy(), a.Subresource)
		}
	case core.PatchActionImpl:
		switch resource {
		case "pods":
			return s.onPatchPod(a.Name, a.Patch)
		case "jobs":
			s.log(Entry{Kind: "patchJob", Name: a.Name, Object: a.Patch})
			return true, s.job(a.Name), nil
		}
	case core.DeleteActionImpl:
		switch resource {
		case "pods":
			return s.onDeletePod(a)
		case "jobs":
			return s.onDeleteJob(a)
		}
	}
	// Gets are answered by the tracker.
	return false, nil, nil
}

// event accepts Events: the trace has them from the log (events.go), where none is rate-limited.
func (s *server) event(action core.Action) (bool, runtime.Object, error) {
	switch a := action.(type) {
	case core.CreateActionImpl:
		return true, a.GetObject(), nil
	case core.UpdateActionImpl:
		return true, a.GetObject(), nil
	case core.PatchActionImpl:
		return true, &v1.Event{}, nil
	}
	return false, nil, nil
}

// fault is the error that the scenario wants for this call; nil if none.
func (s *server) fault(action core.Action) error {
	gr := action.GetResource().GroupResource()
	now := time.Since(s.start).Seconds()
	for _, f := range s.faults {
		if f.Verb != action.GetVerb() || f.Resource != gr.Resource || now < f.From || now >= f.To {
			continue
		}
		name := target(action)
		s.log(Entry{Kind: "fault", Name: f.Verb + "/" + gr.Resource + "/" + name, Reason: fmt.Sprint(f.Code)})
		switch f.Code {
		case 403:
			return apierrors.NewForbidden(gr, name, errors.New("exceeded quota"))
		case 404:
			return apierrors.NewNotFound(gr, name)
		case 409:
			return apierrors.NewConflict(gr, name, errModified)
		case 422:
			return apierrors.NewInvalid(schema.GroupKind{Group: gr.Group, Kind: gr.Resource}, name, nil)
		case 429:
			return apierrors.NewTooManyRequests("slow down", 1)
		case 504:
			return apierrors.NewTimeoutError("timed out", 1)
		default:
			return apierrors.NewInternalError(errors.New("injected"))
		}
	}
	return nil
}

// target is the name of the object that a call is about, or the prefix of the name it is to get.
func target(action core.Action) string {
	named := func(o runtime.Object) string {
		m := must(meta.Accessor(o))
		if m.GetName() == "" {
			return m.GetGenerateName()
		}
		return m.GetName()
	}
	switch a := action.(type) {
	case core.CreateActionImpl:
		return named(a.GetObject())
	case core.UpdateActionImpl:
		return named(a.GetObject())
	case core.PatchActionImpl:
		return a.Name
	case core.DeleteActionImpl:
		return a.Name
	}
	return ""
}

func (s *server) onCreatePod(p *v1.Pod) (bool, runtime.Object, error) {
	out := s.createPod(p)
	s.log(Entry{Kind: "createPod", Name: out.Name, Object: encode(p)})
	return true, out, nil
}

func (s *server) onPatchPod(name string, patch []byte) (bool, runtime.Object, error) {
	p := s.pod(name)
	if p == nil {
		return true, nil, apierrors.NewNotFound(podsResource.GroupResource(), name)
	}
	s.log(Entry{Kind: "patchPod", Name: name, Object: patch})
	n, err := patched(p, patch)
	if err != nil {
		return true, nil, err
	}
	out := update(s, podsResource, n)
	graceOver := n.DeletionGracePeriodSeconds == nil || *n.DeletionGracePeriodSeconds == 0
	if n.DeletionTimestamp != nil && len(n.Finalizers) == 0 && graceOver {
		s.removePod(n.Name)
	}
	return true, out, nil
}

func (s *server) onDeletePod(a core.DeleteActionImpl) (bool, runtime.Object, error) {
	if s.pod(a.Name) == nil {
		return true, nil, apierrors.NewNotFound(podsResource.GroupResource(), a.Name)
	}
	s.log(Entry{Kind: "deletePod", Name: a.Name, Object: encode(a.DeleteOptions)})
	s.deletePod(a.Name, a.DeleteOptions.GracePeriodSeconds)
	return true, nil, nil
}

// onCreateJob is the CronJob controller's call.
func (s *server) onCreateJob(j *batchv1.Job) (bool, runtime.Object, error) {
	j.APIVersion, j.Kind = "batch/v1", "Job"
	s.log(Entry{Kind: "createJob", Name: j.Name, Object: encode(j)})
	if s.job(j.Name) != nil {
		return true, nil, apierrors.NewAlreadyExists(jobsResource.GroupResource(), j.Name)
	}
	out, _, err := admitJob(encode(j))
	if err != nil {
		return true, nil, err
	}
	out = create(s, jobsResource, out)
	script, ok := s.jobScripts[fmt.Sprintf("nth:%d", s.createdJobs)]
	if !ok {
		script = s.jobScripts["*"]
	}
	s.createdJobs++
	for _, t := range script {
		s.after(t.After, func() { s.jobScript(out.Name, t) })
	}
	return true, out, nil
}

func (s *server) onUpdateJob(j *batchv1.Job, subresource string) (bool, runtime.Object, error) {
	cur := s.job(j.Name)
	if cur == nil {
		return true, nil, apierrors.NewNotFound(jobsResource.GroupResource(), j.Name)
	}
	if j.ResourceVersion != cur.ResourceVersion {
		s.log(Entry{Kind: "conflict", Name: "jobs/" + j.Name})
		return true, nil, apierrors.NewConflict(jobsResource.GroupResource(), j.Name, errModified)
	}
	if subresource != "status" {
		s.log(Entry{Kind: "updateJob", Name: j.Name, Object: encode(j)})
		return true, update(s, jobsResource, j), nil
	}
	out, _, err := admitJobUpdate(cur, stored(j), true)
	if err != nil {
		s.log(Entry{Kind: "jobStatusRejected", Name: j.Name, Message: err.Error()})
		return true, nil, err
	}
	s.log(Entry{Kind: "jobStatus", Name: j.Name, Object: encode(ordered(out.Status))})
	return true, update(s, jobsResource, out), nil
}

func (s *server) onUpdateCronJob(c *batchv1.CronJob, subresource string) (bool, runtime.Object, error) {
	cur := s.cron(c.Name)
	if cur == nil {
		return true, nil, apierrors.NewNotFound(cronJobsResource.GroupResource(), c.Name)
	}
	if c.ResourceVersion != cur.ResourceVersion {
		s.log(Entry{Kind: "conflict", Name: "cronjobs/" + c.Name})
		return true, nil, apierrors.NewConflict(cronJobsResource.GroupResource(), c.Name, errModified)
	}
	if subresource == "status" {
		s.log(Entry{Kind: "cronJobStatus", Name: c.Name, Object: encode(stored(c).Status)})
	} else {
		s.log(Entry{Kind: "updateCronJob", Name: c.Name, Object: encode(c)})
	}
	return true, update(s, cronJobsResource, c), nil
}

func (s *server) onDeleteJob(a core.DeleteActionImpl) (bool, runtime.Object, error) {
	if s.job(a.Name) == nil {
		return true, nil, apierrors.NewNotFound(jobsResource.GroupResource(), a.Name)
	}
	s.log(Entry{Kind: "deleteJob", Name: a.Name, Object: encode(a.DeleteOptions)})
	propagation := ""
	if p := a.DeleteOptions.PropagationPolicy; p != nil {
		propagation = string(*p)
	}
	s.deleteJob(a.Name, propagation)
	return true, nil, nil
}

// ordered sorts the lists that the controller leaves in the order of a Go map.
func ordered(st batchv1.JobStatus) batchv1.JobStatus {
	st = *st.DeepCopy()
	if u := st.UncountedTerminatedPods; u != nil {
		sort.Slice(u.Succeeded, func(i, j int) bool { return u.Succeeded[i] < u.Succeeded[j] })
		sort.Slice(u.Failed, func(i, j int) bool { return u.Failed[i] < u.Failed[j] })
	}
	return st
}
