package oracle

import (
	"time"

	"github.com/robfig/cron/v3"
)

// schedule answers a scenario of mode schedule: the next Count times after From.
func (sc Scenario) schedule() (res Result) {
	spec := sc.Schedule
	if sc.TimeZone != "" {
		spec = "TZ=" + sc.TimeZone + " " + spec
	}
	schedule, err := cron.ParseStandard(spec)
	if err != nil {
		res.Errors = []string{err.Error()}
		return res
	}
	at := must(time.Parse(time.RFC3339Nano, sc.From))
	for range sc.Count {
		at = schedule.Next(at)
		if at.IsZero() {
			res.Times = append(res.Times, "never")
			break
		}
		res.Times = append(res.Times, at.UTC().Format(time.RFC3339Nano))
	}
	return res
}
