package oracle

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
)

var (
	inFile  = flag.String("in", "", "scenarios, one JSON a line")
	outFile = flag.String("out", "", "results, one JSON a line")
)

func init() {
	// The default handlers pace errors by the real clock. The virtual one stands at the year 2000,
	// so that they would sleep for decades.
	utilruntime.ErrorHandlers = nil
}

// TestOracle answers every scenario of -in.
func TestOracle(t *testing.T) {
	if *inFile == "" {
		t.Skip("no -in")
	}
	scenarios, err := read(*inFile)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(*outFile)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	begun := time.Now()
	for _, sc := range scenarios {
		// At once: should the process die, what is missing says of which scenario.
		if _, err := out.Write(append(encode(answer(t, sc)), '\n')); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(os.Stderr, "%d scenarios in %v\n", len(scenarios), time.Since(begun))
}

func read(path string) (scenarios []Scenario, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := r.ReadString('\n')
		if strings.TrimSpace(line) != "" {
			var sc Scenario
			if err := json.Unmarshal([]byte(line), &sc); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			scenarios = append(scenarios, sc)
		}
		if err == io.EOF {
			return scenarios, nil
		} else if err != nil {
			return nil, err
		}
	}
}

// answer runs one scenario in a bubble of its own.
func answer(t *testing.T, sc Scenario) (res Result) {
	answered := false
	defer func() {
		// A bubble's end panics about what the controllers leave behind (such as timers of their
		// queues), which is no concern of ours once there is a result.
		if r := recover(); r != nil && !answered {
			res = Result{ID: sc.ID, Crash: fmt.Sprint(r)}
		}
	}()
	synctest.Test(t, func(*testing.T) {
		defer func() {
			if r := recover(); r != nil {
				res = Result{ID: sc.ID, Crash: fmt.Sprintf("%v\n%s", r, debug.Stack())}
			}
			answered = true
		}()
		res = sc.run()
		res.ID = sc.ID
	})
	return res
}

func (sc Scenario) run() Result {
	restore, err := setGates(sc.Gates)
	if err != nil {
		return Result{Unsupported: err.Error()}
	}
	defer restore()
	switch sc.Mode {
	case "", "timeline":
		return sc.timeline()
	case "create":
		return sc.create()
	case "update":
		return sc.update(false)
	case "updateStatus":
		return sc.update(true)
	case "updateCron":
		return sc.updateCron()
	case "schedule":
		return sc.schedule()
	default:
		panic("unknown mode " + sc.Mode)
	}
}

// setGates switches feature gates, all at once because some depend on others. It refuses what this
// version does not know or has locked; restore brings back what was before.
func setGates(gates map[string]bool) (restore func(), err error) {
	all := utilfeature.DefaultMutableFeatureGate
	before := map[string]bool{}
	known := all.GetAll()
	for name := range gates {
		if strings.HasPrefix(name, "All") {
			// What they switch cannot be switched back: some alpha gates are on by default.
			return nil, fmt.Errorf("%s is no gate of its own", name)
		}
		if _, ok := known[featuregate.Feature(name)]; !ok {
			return nil, fmt.Errorf("unknown feature gate %s", name)
		}
		before[name] = all.Enabled(featuregate.Feature(name))
	}
	restore = func() {
		if err := all.SetFromMap(before); err != nil {
			panic(err)
		}
	}
	if err := all.SetFromMap(gates); err != nil {
		// What was refused is remembered all the same, and would be tried again with the next one.
		restore()
		return nil, err
	}
	return restore, nil
}
