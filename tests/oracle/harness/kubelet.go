package oracle

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const indexAnnotation = "batch.kubernetes.io/job-completion-index"

// The life of pods and Jobs outside the controllers: what the kubelet reports, what graceful
// deletion takes, what goes with a Job that is deleted.

// script is what the scenario says of a pod: by its name, its completion index, or for all.
func (s *server) script(p *v1.Pod) (Script, bool) {
	if x, ok := s.scripts[p.Name]; ok {
		return x, true
	}
	if ix, ok := p.Annotations[indexAnnotation]; ok {
		if x, ok := s.scripts["index:"+ix]; ok {
			return x, true
		}
	}
	x, ok := s.scripts["*"]
	return x, ok
}

// createPod stores a pod with what the API server fills in, and starts its script.
func (s *server) createPod(p *v1.Pod) *v1.Pod {
	p = p.DeepCopy()
	if p.Namespace == "" {
		p.Namespace = namespace
	}
	if p.Name == "" {
		n := s.names[p.GenerateName]
		s.names[p.GenerateName]++
		p.Name = fmt.Sprintf("%s%05d", p.GenerateName, n)
	}
	if p.UID == "" {
		p.UID = types.UID("uid-" + p.Name)
	}
	if p.CreationTimestamp.IsZero() {
		p.CreationTimestamp = metav1.Now()
	}
	if p.Status.Phase == "" {
		p.Status.Phase = v1.PodPending
	}
	p = create(s, podsResource, p)
	if script, ok := s.script(p); ok {
		s.play(p, script.OnCreate)
	}
	return p
}

func (s *server) play(p *v1.Pod, lines []Timed) {
	for _, t := range lines {
		s.after(t.After, func() { s.podScript(p.Name, p.UID, t) })
	}
}

// podScript carries out one line of a script, unless the pod is gone, or another one of its name.
func (s *server) podScript(name string, uid types.UID, t Timed) {
	p := s.pod(name)
	switch {
	case p == nil || p.UID != uid:
	case !t.Remove:
		s.podStatus(p, t.Status)
	case len(p.Finalizers) == 0:
		s.removePod(name)
	default:
		// The kubelet has let go, but somebody's finalizer holds the object.
		if p.DeletionTimestamp == nil {
			now := metav1.Now()
			p.DeletionTimestamp = &now
		}
		p.DeletionGracePeriodSeconds = new(int64)
		update(s, podsResource, p)
	}
}

// statusPatch is a patch of the status, with the time filled in.
func statusPatch(status json.RawMessage) []byte {
	now := time.Now().UTC().Format(time.RFC3339)
	return []byte(`{"status":` + strings.ReplaceAll(string(status), "$NOW", now) + `}`)
}

// podStatus merges into a pod's status; a pod that has finished does not change any more.
func (s *server) podStatus(p *v1.Pod, status json.RawMessage) {
	if finished(p) {
		return
	}
	update(s, podsResource, must(patched(p, statusPatch(status))))
}

func finished(p *v1.Pod) bool {
	return p.Status.Phase == v1.PodSucceeded || p.Status.Phase == v1.PodFailed
}

// deletePod begins a graceful deletion. A pod that never started, or has finished, needs no grace.
func (s *server) deletePod(name string, grace *int64) {
	p := s.pod(name)
	if p == nil || p.DeletionTimestamp != nil {
		return
	}
	g := int64(30)
	if p.Spec.TerminationGracePeriodSeconds != nil {
		g = *p.Spec.TerminationGracePeriodSeconds
	}
	if grace != nil {
		g = *grace
	}
	started := p.Spec.NodeName != "" || p.Status.Phase == v1.PodRunning
	if !started || finished(p) {
		g = 0
	}
	if g == 0 && len(p.Finalizers) == 0 {
		s.removePod(name)
		return
	}
	end := metav1.NewTime(time.Now().Add(time.Duration(g) * time.Second))
	p.DeletionTimestamp = &end
	p.DeletionGracePeriodSeconds = &g
	update(s, podsResource, p)
	if g == 0 {
		return
	}
	script, _ := s.script(p)
	if len(script.OnDelete) > 0 {
		s.play(p, script.OnDelete)
	} else {
		s.play(p, []Timed{{After: float64(g), Remove: true}})
	}
}

// removePod takes the object away, and with it a Job that waited for its last pod.
func (s *server) removePod(name string) {
	p := s.pod(name)
	if p == nil {
		return
	}
	remove(s, podsResource, p)
	for _, o := range p.OwnerReferences {
		if o.Kind != "Job" {
			continue
		}
		j := s.job(o.Name)
		if j != nil && j.UID == o.UID && j.DeletionTimestamp != nil && len(s.podsOf(j)) == 0 {
			s.removeJob(j.Name)
		}
	}
}

// podsOf are the pods that refer to the Job as an owner, in the order of their names.
func (s *server) podsOf(j *batchv1.Job) (out []*v1.Pod) {
	for _, p := range s.pods() {
		for _, o := range p.OwnerReferences {
			if o.UID == j.UID {
				out = append(out, p)
				break
			}
		}
	}
	return out
}

func (s *server) removeJob(name string) { remove(s, jobsResource, s.job(name)) }

// deleteJob does at once what the garbage collector would do in its own time.
func (s *server) deleteJob(name, propagation string) {
	j := s.job(name)
	if j == nil {
		return
	}
	switch propagation {
	case "Foreground":
		own := s.podsOf(j)
		if len(own) == 0 {
			s.removeJob(name)
			return
		}
		now := metav1.Now()
		j.DeletionTimestamp = &now
		j.DeletionGracePeriodSeconds = new(int64)
		j.Finalizers = append(j.Finalizers, "foregroundDeletion")
		update(s, jobsResource, j)
		for _, p := range own {
			s.deletePod(p.Name, nil)
		}
	case "Orphan":
		for _, p := range s.podsOf(j) {
			p.OwnerReferences = nil
			update(s, podsResource, p)
		}
		s.removeJob(name)
	default:
		s.removeJob(name)
		for _, p := range s.podsOf(j) {
			s.deletePod(p.Name, nil)
		}
	}
}

// jobScript carries out one line of the script of a Job that the CronJob controller created.
func (s *server) jobScript(name string, t Timed) {
	j := s.job(name)
	switch {
	case j == nil:
	case t.Remove:
		s.deleteJob(name, "Background")
	default:
		update(s, jobsResource, must(patched(j, statusPatch(t.Status))))
	}
}
