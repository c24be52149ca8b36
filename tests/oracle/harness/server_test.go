package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
)

// inBubble gives a test a server whose time is virtual and starts now.
func inBubble(t *testing.T, sc Scenario, test func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newServer(sc, time.Now())) })
}

// pass does what is due within the next seconds.
func (s *server) pass(secs float64) {
	end := time.Now().Add(seconds(secs))
	for next := s.next(); next != nil && !next.at.After(end); next = s.next() {
		do, at := next.do, next.at
		s.pending = s.pending[1:]
		time.Sleep(time.Until(at))
		do()
	}
	time.Sleep(time.Until(end))
}

// told is what watchers would hear: "ADDED pods/a".
func (s *server) told() (out []string) {
	for _, n := range s.notices {
		o := n.event.Object.(metav1.Object)
		out = append(out, fmt.Sprintf("%s %s/%s", n.event.Type, n.resource, o.GetName()))
	}
	s.notices = nil
	return out
}

func expect[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func pod(name string, change ...func(*v1.Pod)) *v1.Pod {
	p := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, f := range change {
		f(p)
	}
	return p
}

func tracked(p *v1.Pod)  { p.Finalizers = []string{"batch.kubernetes.io/job-tracking"} }
func assigned(p *v1.Pod) { p.Spec.NodeName = "n" }
func owned(p *v1.Pod) {
	p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "j", UID: "uid-j"}}
}

func (s *server) storeJob() {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "j", Namespace: namespace, UID: types.UID("uid-j")}}
	create(s, jobsResource, j)
}

func TestCreatedPodsAreNamedAndFilledIn(t *testing.T) {
	inBubble(t, Scenario{}, func(t *testing.T, s *server) {
		for range 2 {
			s.createPod(&v1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "a-"}})
		}
		s.createPod(&v1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "b-"}})
		expect(t, "told", s.told(), []string{"ADDED pods/a-00000", "ADDED pods/a-00001", "ADDED pods/b-00000"})
		p := s.pod("a-00001")
		expect(t, "uid", p.UID, "uid-a-00001")
		expect(t, "phase", p.Status.Phase, v1.PodPending)
		expect(t, "version", p.ResourceVersion, "102")
	})
}

func TestAWriteThatChangesNothingIsNoWrite(t *testing.T) {
	inBubble(t, Scenario{}, func(t *testing.T, s *server) {
		p := s.createPod(pod("a"))
		s.told()
		out := update(s, podsResource, p.DeepCopy())
		expect(t, "version", out.ResourceVersion, p.ResourceVersion)
		expect(t, "told", len(s.told()), 0)
		p.Labels = map[string]string{"x": "y"}
		out = update(s, podsResource, p)
		expect(t, "told", s.told(), []string{"MODIFIED pods/a"})
		if out.ResourceVersion == p.ResourceVersion {
			t.Error("a change keeps its resource version")
		}
	})
}

func TestAnOldResourceVersionIsAConflict(t *testing.T) {
	inBubble(t, Scenario{}, func(t *testing.T, s *server) {
		s.storeJob()
		j := s.job("j")
		j.ResourceVersion = "1"
		_, _, err := s.onUpdateJob(j, "status")
		if !apierrors.IsConflict(err) {
			t.Errorf("got %v", err)
		}
		expect(t, "kind", s.trace[0].Kind, "conflict")
	})
}

func TestDeletionOfPods(t *testing.T) {
	remove := Scenario{Scripts: map[string]Script{"quick": {OnDelete: []Timed{{After: 2, Remove: true}}}}}
	for _, c := range []struct {
		what  string
		pod   *v1.Pod
		gone  float64 // after how many seconds; -1: not while it has its finalizer
		grace int64
	}{
		{"not started", pod("a"), 0, 0},
		{"not started, tracked", pod("a", tracked), -1, 0},
		{"assigned", pod("a", assigned), 30, 30},
		{"assigned, tracked", pod("a", assigned, tracked), -1, 30},
		{"scripted", pod("quick", assigned), 2, 30},
		{"own grace", pod("a", assigned, func(p *v1.Pod) { g := int64(7); p.Spec.TerminationGracePeriodSeconds = &g }), 7, 7},
		{"finished", pod("a", assigned, func(p *v1.Pod) { p.Status.Phase = v1.PodFailed }), 0, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			inBubble(t, remove, func(t *testing.T, s *server) {
				s.createPod(c.pod)
				s.deletePod(c.pod.Name, nil)
				if p := s.pod(c.pod.Name); p != nil {
					expect(t, "grace", *p.DeletionGracePeriodSeconds, c.grace)
				} else {
					expect(t, "gone at", c.gone, 0.0)
				}
				s.deletePod(c.pod.Name, new(int64)) // a second deletion does nothing
				if c.gone > 0 {
					s.pass(c.gone - 0.001)
					expect(t, "still there", s.pod(c.pod.Name) != nil, true)
					s.pass(0.001)
					expect(t, "still there", s.pod(c.pod.Name) != nil, false)
				}
				if c.gone < 0 {
					s.pass(100)
					p := s.pod(c.pod.Name)
					expect(t, "grace in the end", *p.DeletionGracePeriodSeconds, 0)
					patch := `{"metadata":{"$deleteFromPrimitiveList/finalizers":["batch.kubernetes.io/job-tracking"]}}`
					if _, _, err := s.onPatchPod(p.Name, []byte(patch)); err != nil {
						t.Error(err)
					}
					expect(t, "still there", s.pod(c.pod.Name) != nil, false)
				}
			})
		})
	}
}

func TestScriptsAreLookedUpByNameIndexAndForAll(t *testing.T) {
	line := func(phase string) Script {
		return Script{OnCreate: []Timed{{After: 1, Status: json.RawMessage(`{"phase":"` + phase + `"}`)}}}
	}
	sc := Scenario{Scripts: map[string]Script{"a": line("Running"), "index:1": line("Failed"), "*": line("Succeeded")}}
	index := func(p *v1.Pod) { p.Annotations = map[string]string{indexAnnotation: "1"} }
	inBubble(t, sc, func(t *testing.T, s *server) {
		s.createPod(pod("a", index))
		s.createPod(pod("b", index))
		s.createPod(pod("c"))
		s.pass(1)
		for name, want := range map[string]v1.PodPhase{"a": v1.PodRunning, "b": v1.PodFailed, "c": v1.PodSucceeded} {
			expect(t, name, s.pod(name).Status.Phase, want)
		}
		s.podStatus(s.pod("b"), json.RawMessage(`{"phase":"Running"}`))
		expect(t, "a finished pod", s.pod("b").Status.Phase, v1.PodFailed)
	})
}

func TestDeletionOfJobs(t *testing.T) {
	for propagation, want := range map[string][]string{
		"Background": {"DELETED jobs/j", "DELETED pods/a", "MODIFIED pods/b"},
		"Foreground": {"MODIFIED jobs/j", "DELETED pods/a", "MODIFIED pods/b"},
		"Orphan":     {"MODIFIED pods/a", "MODIFIED pods/b", "DELETED jobs/j"},
	} {
		t.Run(propagation, func(t *testing.T) {
			inBubble(t, Scenario{}, func(t *testing.T, s *server) {
				s.storeJob()
				s.createPod(pod("a", owned))
				s.createPod(pod("b", owned, assigned))
				s.told()
				s.deleteJob("j", propagation)
				expect(t, "told", s.told(), want)
				s.pass(30)
				if propagation == "Foreground" {
					expect(t, "told", s.told(), []string{"DELETED pods/b", "DELETED jobs/j"})
				}
			})
		})
	}
}

func TestFaultsHaveATime(t *testing.T) {
	sc := `{"job": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec":
		{"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}},
		"faults": [{"verb": "create", "resource": "pods", "from": 0, "to": 1.5, "code": 500}], "until": 5}`
	expect(t, "trace", kinds(ask(t, sc), "fault", "createPod"), []string{"0 fault", "1 fault", "3 createPod"})
}

func TestHeldEventsComeLate(t *testing.T) {
	inBubble(t, Scenario{}, func(t *testing.T, s *server) {
		s.createPod(pod("a"))
		s.storeJob()
		s.held["pods"] = true
		expect(t, "the Job's is delivered", s.deliver(), true)
		expect(t, "the pod's is not", s.deliver(), false)
		delete(s.held, "pods")
		expect(t, "now it is", s.deliver(), true)
		expect(t, "and nothing else", s.deliver(), false)
	})
}

// A pod that finishes while its events are held is seen when they are released.
func TestAControllerSeesHeldEventsWhenTheyAreReleased(t *testing.T) {
	sc := `{"job": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec":
		{"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}},
		"scripts": {"*": {"onCreate": [{"after": 3, "status": {"phase": "Succeeded"}}]}},
		"steps": [{"at": 2, "op": "holdEvents", "resource": "pods"}, {"at": 20, "op": "releaseEvents", "resource": "pods"}],
		"until": 60}`
	expect(t, "trace", kinds(ask(t, sc), "createPod", "patchPod"), []string{"0 createPod", "21 patchPod"})
}

// A controller that starts again has forgotten how long it wanted to wait before the next pod.
func TestARestartLosesMemory(t *testing.T) {
	sc := `{"job": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec":
		{"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}},
		"scripts": {"j-00000": {"onCreate": [{"after": 3, "status": {"phase": "Failed"}}]}},
		"steps": [%s], "until": 60}`
	restart := `{"at": 6, "op": "restartController"}`
	before := kinds(ask(t, fmt.Sprintf(sc, "")), "createPod")
	after := kinds(ask(t, fmt.Sprintf(sc, restart)), "createPod")
	expect(t, "without", before, []string{"0 createPod", "10 createPod"})
	expect(t, "with", after, []string{"0 createPod", "6.1 createPod"})
}

func TestSeveralJobs(t *testing.T) {
	job := func(name, policy string) string {
		return fmt.Sprintf(`{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": %q}, "spec": {"template": {"spec":
			{"restartPolicy": %q, "containers": [{"name": "c", "image": "i"}]}}}}`, name, policy)
	}
	res := ask(t, fmt.Sprintf(`{"job": %s, "jobs": [%s, %s], "until": 5}`, job("a", "Never"), job("b", "Never"), job("c", "Never")))
	expect(t, "pods", kinds(res, "createPod"), []string{"0 createPod", "0 createPod", "0 createPod"})
	res = ask(t, fmt.Sprintf(`{"jobs": [%s, %s], "until": 5}`, job("a", "Never"), job("b", "Always")))
	expect(t, "refused", len(res.Errors), 1)
	expect(t, "trace", len(res.Trace), 0)
}

func TestGatesAreRestored(t *testing.T) {
	all := utilfeature.DefaultMutableFeatureGate
	enabled := func() (out []string) {
		for f := range all.GetAll() {
			out = append(out, fmt.Sprint(f, all.Enabled(f)))
		}
		slices.Sort(out)
		return out
	}
	was := enabled()
	question := `{"mode": "schedule", "gates": {%q: %v}, "schedule": "@hourly", "from": "2000-01-01T00:00:00Z"}`
	for _, name := range []string{"AllAlpha", "Unheard"} {
		expect(t, name+" is supported", ask(t, fmt.Sprintf(question, name, true)).Unsupported == "", false)
	}
	supported := 0
	for f := range all.GetAll() {
		for _, on := range []bool{true, false} {
			if ask(t, fmt.Sprintf(question, f, on)).Unsupported == "" {
				supported++
			}
		}
	}
	expect(t, "some gates are supported", supported > 0, true)
	for i, now := range enabled() {
		expect(t, "a gate", now, was[i])
	}
}

func ask(t *testing.T, scenario string) Result {
	t.Helper()
	sc, err := decode[Scenario]([]byte(scenario))
	if err != nil {
		t.Fatal(err)
	}
	res := answer(t, *sc)
	if res.Crash != "" {
		t.Error(res.Crash)
	}
	return res
}

// kinds is the trace in short, of some kinds: "0 createPod".
func kinds(res Result, wanted ...string) (out []string) {
	for _, e := range res.Trace {
		if slices.Contains(wanted, e.Kind) {
			out = append(out, e.T+" "+e.Kind)
		}
	}
	return out
}
