package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sort"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	cronctl "k8s.io/kubernetes/pkg/controller/cronjob"
	"k8s.io/kubernetes/pkg/controller/ttlafterfinished"
)

// resync is the informers' resync period: never, in effect. It must not be 0, for which client-go
// before 1.35 waits on a channel made outside the bubble, and a bubble cannot see through that.
const resync = 365 * 24 * time.Hour

// timeline runs controllers against a server from one second before t = 0.
type timeline struct {
	sc     Scenario
	server *server
	stop   context.CancelFunc // of the controllers that run now
}

// timeline answers a scenario of mode timeline.
func (sc Scenario) timeline() (res Result) {
	t := &timeline{sc: sc, server: newServer(sc, time.Now().Add(time.Second))}
	klog.SetLogger(logr.New(&eventLog{t.server}))
	t.launch()
	defer func() { t.stop() }()
	time.Sleep(time.Until(t.server.start))
	warnings, err := t.populate()
	res.Warnings = warnings
	if err != nil {
		res.Errors, res.Status = refusal(err)
		return res
	}
	t.run()
	t.server.mu.Lock()
	defer t.server.mu.Unlock()
	res.Final = t.server.final()
	res.Trace = inOrder(t.server.trace)
	if len(t.server.trace) > runaway {
		res.Crash = "runaway"
	}
	return res
}

// launch starts controllers with empty memory. Their caches are filled from the store, one resource
// after the other, and each only when everything is at rest: so no handler races with another one,
// and no controller finds its caches filled when it first looks. It looks again 100 ms later, which
// is when its worker begins.
func (t *timeline) launch() {
	s := t.server
	ctx, cancel := context.WithCancel(klog.NewContext(context.Background(), logr.New(&eventLog{s})))
	t.stop = cancel
	factory := informers.NewSharedInformerFactory(s.clientset, resync)
	jobs, cronJobs := factory.Batch().V1().Jobs(), factory.Batch().V1().CronJobs()
	caches := []cache.SharedIndexInformer{jobs.Informer()}
	if t.runs("job") {
		c := must(newJobController(ctx, factory, s.clientset))
		go c.Run(ctx, 1)
	}
	if t.runs("ttl") {
		c := ttlafterfinished.New(ctx, jobs, s.clientset)
		go c.Run(ctx, 1)
	}
	if t.runs("cronjob") {
		c := must(cronctl.NewControllerV2(ctx, jobs, cronJobs, s.clientset))
		go c.Run(ctx, 1)
		caches = append(caches, cronJobs.Informer())
	}
	if t.runs("job") {
		caches = append(caches, factory.Core().V1().Pods().Informer())
	}
	// Not factory.Start, which would fill all of them at the same time.
	for _, c := range caches {
		synctest.Wait()
		go c.Run(ctx.Done())
	}
	synctest.Wait()
}

// runs says whether the scenario has this controller.
func (t *timeline) runs(controller string) bool {
	if len(t.sc.Controllers) == 0 {
		return controller == "job"
	}
	return slices.Contains(t.sc.Controllers, controller)
}

// restart is a controller manager that dies and comes back at once: what it knew is lost, and so
// are the watch events that it had not yet got. Held resources stay held.
func (t *timeline) restart() {
	t.server.mu.Lock()
	// Before the informers close their watches: an event for a closed one would be a panic.
	t.server.forget()
	t.server.mu.Unlock()
	t.stop()
	synctest.Wait()
	t.launch()
}

// populate brings in what exists at t = 0. The first manifest that is refused ends the scenario.
func (t *timeline) populate() (warnings []string, err error) {
	s := t.server
	s.settle()
	s.mu.Lock()
	for _, p := range t.sc.Pods {
		s.createPod(must(decode[v1.Pod](p)))
	}
	s.mu.Unlock()
	s.settle()
	s.mu.Lock()
	defer s.mu.Unlock()
	manifests := t.sc.Jobs
	if len(t.sc.Job) > 0 {
		manifests = append([]json.RawMessage{t.sc.Job}, manifests...)
	}
	for _, m := range manifests {
		j, w, err := admitJob(m)
		warnings = append(warnings, w...)
		if err != nil {
			return warnings, err
		}
		create(s, jobsResource, j)
	}
	for _, j := range t.sc.RawJobs {
		create(s, jobsResource, must(decode[batchv1.Job](j)))
	}
	if len(t.sc.CronJob) > 0 {
		c, w, err := admitCronJob(t.sc.CronJob)
		warnings = append(warnings, w...)
		if err != nil {
			return warnings, err
		}
		create(s, cronJobsResource, c)
	}
	for _, step := range t.sc.Steps {
		s.after(step.At, func() { t.perform(step) })
	}
	return warnings, nil
}

// run lets time pass until the end; what happens at exactly the end still counts.
func (t *timeline) run() {
	s := t.server
	end := s.start.Add(seconds(t.sc.Until))
	for {
		s.settle()
		s.mu.Lock()
		now, next := time.Now(), s.next()
		if next != nil && !next.at.After(now) {
			do := next.do
			s.pending = s.pending[1:]
			do()
			s.mu.Unlock()
			continue
		}
		until := end
		if next != nil && next.at.Before(end) {
			until = next.at
		}
		if !until.After(now) {
			s.mu.Unlock()
			break
		}
		select {
		case <-s.wake: // what it was for has just been looked at
		default:
		}
		s.mu.Unlock()
		select {
		case <-time.After(until.Sub(now)):
		case <-s.wake:
		}
	}
	s.settle()
}

// perform does what a step says. A step on an object that does not exist does nothing.
func (t *timeline) perform(step Step) {
	s := t.server
	switch step.Op {
	case "patchJob":
		s.userPatchesJob(step)
	case "deleteJob":
		s.deleteJob(step.Name, step.Propagation)
	case "createPod":
		s.createPod(must(decode[v1.Pod](step.Object)))
	case "patchPod":
		if p := s.pod(step.Name); p != nil {
			update(s, podsResource, must(patched(p, step.Patch)))
		}
	case "podStatus":
		if p := s.pod(step.Name); p != nil {
			s.podStatus(p, step.Patch)
		}
	case "deletePod":
		s.deletePod(step.Name, step.Grace)
	case "removePod":
		if p := s.pod(step.Name); p != nil {
			s.podScript(p.Name, p.UID, Timed{Remove: true})
		}
	case "patchCronJob":
		if c := s.cron(step.Name); c != nil {
			// Even a patch that changes nothing is told: that is how users nudge a controller here.
			overwrite(s, cronJobsResource, must(patched(c, step.Patch)))
		}
	case "holdEvents":
		s.held[known(step.Resource)] = true
	case "releaseEvents":
		delete(s.held, known(step.Resource))
	case "restartController":
		// The controllers need the lock to come to rest.
		s.mu.Unlock()
		defer s.mu.Lock()
		t.restart()
	default:
		panic("unknown op " + step.Op)
	}
}

func known(resource string) string {
	if !slices.Contains([]string{"pods", "jobs", "cronjobs"}, resource) {
		panic(errors.New("holdEvents and releaseEvents need a resource: pods, jobs or cronjobs"))
	}
	return resource
}

func (s *server) userPatchesJob(step Step) {
	j := s.job(step.Name)
	if j == nil {
		return
	}
	out, _, err := admitJobUpdate(j, must(patched(j, step.Patch)), false)
	if err != nil {
		s.log(Entry{Kind: "rejected", Name: step.Name, Message: err.Error()})
		return
	}
	update(s, jobsResource, out)
}

// final is what exists at the end.
func (s *server) final() json.RawMessage {
	pods, jobs := []any{}, []any{}
	for _, p := range s.pods() {
		pods = append(pods, map[string]any{
			"name":       p.Name,
			"phase":      p.Status.Phase,
			"finalizers": p.Finalizers,
			"deleting":   p.DeletionTimestamp != nil,
		})
	}
	for _, j := range s.jobs() {
		jobs = append(jobs, map[string]any{
			"name":     j.Name,
			"status":   ordered(j.Status),
			"deleting": j.DeletionTimestamp != nil,
		})
	}
	return encode(map[string]any{"pods": pods, "jobs": jobs})
}

// inOrder sorts a trace. Between kinds and names there is no order at one instant: the controllers
// make many calls at the same time. The finalizer patch of one pod may be sent twice in one
// instant, by the sync and by the orphan queue; it is idempotent, and one is kept.
func inOrder(trace []Entry) []Entry {
	trace = slices.Clone(trace)
	sort.SliceStable(trace, func(a, b int) bool {
		x, y := trace[a], trace[b]
		switch {
		case x.since != y.since:
			return x.since < y.since
		case x.Kind != y.Kind:
			return x.Kind < y.Kind
		case x.Name != y.Name:
			return x.Name < y.Name
		case x.Kind == "event":
			return x.Reason+x.Message < y.Reason+y.Message
		}
		return x.order < y.order
	})
	kept := trace[:0]
	for _, e := range trace {
		if n := len(kept); n > 0 && e.Kind == "patchPod" {
			l := kept[n-1]
			if l.Kind == e.Kind && l.since == e.since && l.Name == e.Name && string(l.Object) == string(e.Object) {
				continue
			}
		}
		kept = append(kept, e)
	}
	return kept
}
