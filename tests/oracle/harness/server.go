package oracle

import (
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/fake"
	core "k8s.io/client-go/testing"
)

const namespace = "default"

// runaway is the length of a trace at which a controller is taken to be running in circles.
const runaway = 4000

var (
	podsResource     = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	jobsResource     = schema.GroupVersionResource{Group: "batch", Version: "v1", Resource: "jobs"}
	cronJobsResource = schema.GroupVersionResource{Group: "batch", Version: "v1", Resource: "cronjobs"}
)

// server is the API server: the fake clientset's tracker is its storage, the reactors in api.go are
// its handlers. Everything below mu may be touched from the controllers' goroutines.
type server struct {
	clientset *fake.Clientset
	start     time.Time // t = 0

	mu              sync.Mutex
	resourceVersion int
	names           map[string]int // how often a generateName prefix was used
	trace           []Entry
	order           int

	scripts     map[string]Script
	jobScripts  map[string][]Timed
	faults      []Fault
	createdJobs int // by the CronJob controller, for nth:<n>

	pending []todo
	wake    chan struct{} // something was added to pending or notices

	notices  []notice
	held     map[string]bool // resources whose watch events wait for releaseEvents
	watchers map[string][]*watch.FakeWatcher
}

// notice is a watch event that waits to be delivered.
type notice struct {
	resource string
	event    watch.Event
}

// todo is something that happens at a later time.
type todo struct {
	at    time.Time
	order int
	do    func()
}

func newServer(sc Scenario, start time.Time) *server {
	s := &server{
		clientset:       fake.NewSimpleClientset(),
		start:           start,
		resourceVersion: 100,
		names:           map[string]int{},
		scripts:         sc.Scripts,
		jobScripts:      sc.JobScripts,
		faults:          sc.Faults,
		wake:            make(chan struct{}, 1),
		held:            map[string]bool{},
		watchers:        map[string][]*watch.FakeWatcher{},
	}
	s.clientset.PrependReactor("*", "*", s.react)
	s.clientset.PrependReactor("list", "*", s.list)
	s.clientset.PrependWatchReactor("*", s.watch)
	return s
}

// ---- time ----

// seconds has millisecond resolution, like everything timed in a scenario.
func seconds(s float64) time.Duration {
	return time.Duration(math.Round(s*1e3)) * time.Millisecond
}

// after schedules do; things due at one instant happen in the order in which they were scheduled.
func (s *server) after(delay float64, do func()) {
	s.order++
	s.pending = append(s.pending, todo{time.Now().Add(seconds(delay)), s.order, do})
	s.nudge()
}

// next is the earliest of the pending things; nil if there is none.
func (s *server) next() *todo {
	sort.SliceStable(s.pending, func(i, j int) bool {
		a, b := s.pending[i], s.pending[j]
		if !a.at.Equal(b.at) {
			return a.at.Before(b.at)
		}
		return a.order < b.order
	})
	if len(s.pending) == 0 {
		return nil
	}
	return &s.pending[0]
}

// nudge wakes the timeline, which may be sleeping towards a later time.
func (s *server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// log adds an entry to the trace.
func (s *server) log(e Entry) {
	d := time.Since(s.start)
	e.since = int64(d)
	e.T = strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.9f", d.Seconds()), "0"), ".")
	s.order++
	e.order = s.order
	s.trace = append(s.trace, e)
}

// ---- storage ----

func encode(o any) json.RawMessage {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return b
}

func decode[T any](b []byte) (*T, error) {
	o := new(T)
	return o, json.Unmarshal(b, o)
}

// must is for documents that only the scenario's author can have got wrong.
func must[T any](o T, err error) T {
	if err != nil {
		panic(err)
	}
	return o
}

// stored is the object as it comes back from storage, which is JSON: times lose their fractions.
func stored[T any](o *T) *T { return must(decode[T](encode(o))) }

// patched merges patch into a copy of o as the API server merges a strategic merge patch.
func patched[T any](o *T, patch []byte) (*T, error) {
	var model T
	b, err := strategicpatch.StrategicMergePatch(encode(o), patch, model)
	if err != nil {
		return nil, err
	}
	return decode[T](b)
}

// get finds an object by name; nil if there is none.
func get[T any](s *server, resource schema.GroupVersionResource, name string) *T {
	o, err := s.clientset.Tracker().Get(resource, namespace, name)
	if err != nil {
		return nil
	}
	return any(o.DeepCopyObject()).(*T)
}

func (s *server) pod(name string) *v1.Pod      { return get[v1.Pod](s, podsResource, name) }
func (s *server) job(name string) *batchv1.Job { return get[batchv1.Job](s, jobsResource, name) }
func (s *server) cron(name string) *batchv1.CronJob {
	return get[batchv1.CronJob](s, cronJobsResource, name)
}

// all lists a resource in the order of the names, as an API server does; the tracker's own order is
// that of a Go map.
func all[T any](s *server, resource schema.GroupVersionResource, kind string) []*T {
	l := must(s.clientset.Tracker().List(resource, resource.GroupVersion().WithKind(kind), namespace))
	var out []*T
	for _, o := range must(meta.ExtractList(l)) {
		out = append(out, any(o.DeepCopyObject()).(*T))
	}
	name := func(i int) string { return must(meta.Accessor(out[i])).GetName() }
	sort.Slice(out, func(a, b int) bool { return name(a) < name(b) })
	return out
}

func (s *server) pods() []*v1.Pod      { return all[v1.Pod](s, podsResource, "Pod") }
func (s *server) jobs() []*batchv1.Job { return all[batchv1.Job](s, jobsResource, "Job") }
func (s *server) cronJobs() []*batchv1.CronJob {
	return all[batchv1.CronJob](s, cronJobsResource, "CronJob")
}

func (s *server) nextVersion() string {
	s.resourceVersion++
	return fmt.Sprint(s.resourceVersion)
}

// object is what all three resources have in common.
type object interface {
	runtime.Object
	metav1.Object
}

// create stores a new object and tells the watchers.
func create[T any, P interface {
	*T
	object
}](s *server, resource schema.GroupVersionResource, o P) P {
	n := P(stored((*T)(o)))
	n.SetResourceVersion(s.nextVersion())
	if err := s.clientset.Tracker().Create(resource, n, n.GetNamespace()); err != nil {
		panic(err)
	}
	s.tell(watch.Added, resource.Resource, n)
	return any(n.DeepCopyObject()).(P)
}

// update stores o in place of the object of its name, whatever o's resource version. A write that
// changes nothing is not stored and tells no watcher: otherwise controllers that answer each event
// by the same write would run for ever.
func update[T any, P interface {
	*T
	object
}](s *server, resource schema.GroupVersionResource, o P) P {
	n := P(stored((*T)(o)))
	if cur := P(get[T](s, resource, n.GetName())); cur != nil {
		n.SetResourceVersion(cur.GetResourceVersion())
		if string(encode(n)) == string(encode(cur)) {
			return cur
		}
	}
	return overwrite[T, P](s, resource, n)
}

// overwrite is an update that is stored and told even if it changes nothing.
func overwrite[T any, P interface {
	*T
	object
}](s *server, resource schema.GroupVersionResource, o P) P {
	n := P(stored((*T)(o)))
	n.SetResourceVersion(s.nextVersion())
	if err := s.clientset.Tracker().Update(resource, n, n.GetNamespace()); err != nil {
		panic(err)
	}
	s.tell(watch.Modified, resource.Resource, n)
	return any(n.DeepCopyObject()).(P)
}

// remove takes an object out of storage.
func remove(s *server, resource schema.GroupVersionResource, o object) {
	o.SetResourceVersion(s.nextVersion())
	if err := s.clientset.Tracker().Delete(resource, namespace, o.GetName()); err != nil {
		panic(err)
	}
	s.tell(watch.Deleted, resource.Resource, o)
}

// ---- watching ----

// tell queues a watch event; settle delivers it.
func (s *server) tell(t watch.EventType, resource string, o runtime.Object) {
	s.notices = append(s.notices, notice{resource, watch.Event{Type: t, Object: o.DeepCopyObject()}})
	s.nudge()
}

// settle delivers the watch events one at a time in the order of the writes, each only when every
// controller is at rest. This takes away the races between informers, which a comparison could not
// decide. Events of a held resource keep their place until they are released.
func (s *server) settle() {
	for {
		synctest.Wait()
		s.mu.Lock()
		delivered := s.deliver()
		s.mu.Unlock()
		if !delivered {
			return
		}
	}
}

// deliver hands out the first watch event that may go; it says whether there was one.
func (s *server) deliver() bool {
	for i, n := range s.notices {
		if s.held[n.resource] {
			continue
		}
		s.notices = append(s.notices[:i:i], s.notices[i+1:]...)
		for _, w := range s.watchers[n.resource] {
			w.Action(n.event.Type, n.event.Object.DeepCopyObject())
		}
		return true
	}
	return false
}

// watch answers a controller's request to watch.
func (s *server) watch(action core.Action) (bool, watch.Interface, error) {
	w := watch.NewFakeWithChanSize(16, false)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := action.GetResource().Resource
	s.watchers[r] = append(s.watchers[r], w)
	return true, w, nil
}

// list answers a controller's request to list. The clientset's own answer has the order of a Go map.
func (s *server) list(action core.Action) (bool, runtime.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := metav1.ListMeta{ResourceVersion: fmt.Sprint(s.resourceVersion)}
	switch action.GetResource().Resource {
	case "pods":
		return true, &v1.PodList{ListMeta: at, Items: values(s.pods())}, nil
	case "jobs":
		return true, &batchv1.JobList{ListMeta: at, Items: values(s.jobs())}, nil
	case "cronjobs":
		return true, &batchv1.CronJobList{ListMeta: at, Items: values(s.cronJobs())}, nil
	}
	return false, nil, nil
}

func values[T any](in []*T) []T {
	out := make([]T, len(in))
	for i, o := range in {
		out[i] = *o
	}
	return out
}

// forget drops everyone who watches, and what was not yet told: who starts anew lists the store.
func (s *server) forget() {
	s.watchers = map[string][]*watch.FakeWatcher{}
	s.notices = nil
}
