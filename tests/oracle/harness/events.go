package oracle

import (
	"fmt"
	"strings"

	"github.com/go-logr/logr"
)

// eventLog takes the Events from the controllers' log, where the recorder writes each one. What
// reaches the API has been aggregated and rate-limited by the client, which depends on the pace.
type eventLog struct{ s *server }

func (l *eventLog) Init(logr.RuntimeInfo)          {}
func (l *eventLog) Enabled(level int) bool         { return level <= 3 }
func (l *eventLog) Error(error, string, ...any)    {}
func (l *eventLog) WithValues(...any) logr.LogSink { return l }
func (l *eventLog) WithName(string) logr.LogSink   { return l }

func (l *eventLog) Info(_ int, msg string, pairs ...any) {
	if msg != "Event occurred" {
		return
	}
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = fmt.Sprint(pairs[i+1])
	}
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.s.log(Entry{
		Kind:    "event",
		Name:    m["kind"] + "/" + strings.TrimPrefix(m["object"], namespace+"/"),
		Type:    m["type"],
		Reason:  m["reason"],
		Message: m["message"],
	})
}
