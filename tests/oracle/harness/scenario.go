package oracle

import "encoding/json"

// Scenario is one question. README.md says what each field means.
type Scenario struct {
	Mode        string             `json:"mode"` // "" or timeline | create | update | updateStatus | updateCron | schedule
	ID          string             `json:"id"`
	Gates       map[string]bool    `json:"gates,omitempty"`
	Controllers []string           `json:"controllers,omitempty"` // job (the default) | ttl | cronjob
	Job         json.RawMessage    `json:"job,omitempty"`
	Jobs        []json.RawMessage  `json:"jobs,omitempty"`
	CronJob     json.RawMessage    `json:"cronJob,omitempty"`
	Old         json.RawMessage    `json:"old,omitempty"`
	RawJobs     []json.RawMessage  `json:"rawJobs,omitempty"`
	Pods        []json.RawMessage  `json:"pods,omitempty"`
	Scripts     map[string]Script  `json:"scripts,omitempty"`
	JobScripts  map[string][]Timed `json:"jobScripts,omitempty"`
	Steps       []Step             `json:"steps,omitempty"`
	Faults      []Fault            `json:"faults,omitempty"`
	Until       float64            `json:"until,omitempty"`

	// Of mode schedule only.
	Schedule string `json:"schedule,omitempty"`
	TimeZone string `json:"timeZone,omitempty"`
	From     string `json:"from,omitempty"`
	Count    int    `json:"count,omitempty"`
}

// Step is something that a user, an administrator or the cluster does at a given second.
type Step struct {
	At          float64         `json:"at"`
	Op          string          `json:"op"` // see timeline.perform
	Name        string          `json:"name,omitempty"`
	Patch       json.RawMessage `json:"patch,omitempty"`
	Object      json.RawMessage `json:"object,omitempty"`
	Propagation string          `json:"propagation,omitempty"`
	Grace       *int64          `json:"grace,omitempty"`
	Resource    string          `json:"resource,omitempty"` // of holdEvents and releaseEvents
}

// Script says what becomes of a pod.
type Script struct {
	OnCreate []Timed `json:"onCreate,omitempty"`
	OnDelete []Timed `json:"onDelete,omitempty"`
}

// Timed is one line of a script: a status to report, or the object's removal.
type Timed struct {
	After  float64         `json:"after"`
	Status json.RawMessage `json:"status,omitempty"`
	Remove bool            `json:"remove,omitempty"`
}

// Fault lets the controllers' calls of one kind fail while From ≤ t < To.
type Fault struct {
	Verb     string  `json:"verb"`     // create | delete | patch | update
	Resource string  `json:"resource"` // pods | jobs | cronjobs
	From     float64 `json:"from"`
	To       float64 `json:"to"`
	Code     int     `json:"code"`
}

// Result is the answer to a scenario.
type Result struct {
	ID       string          `json:"id"`
	Trace    []Entry         `json:"trace,omitempty"`
	Object   json.RawMessage `json:"object,omitempty"`
	Errors   []string        `json:"errors,omitempty"`
	Status   json.RawMessage `json:"status,omitempty"`
	Warnings []string        `json:"warnings,omitempty"`
	Final    json.RawMessage `json:"final,omitempty"`
	Times    []string        `json:"times,omitempty"`

	// Unsupported says why this version cannot run the scenario (a gate it does not know, or that
	// is locked to the other value). It is no answer, and nobody is to compare it.
	Unsupported string `json:"unsupported,omitempty"`

	// Crash is a panic of Kubernetes or of this harness, or "runaway".
	Crash string `json:"crash,omitempty"`
}

// Entry is one thing that a controller did.
type Entry struct {
	T       string          `json:"t"`
	Kind    string          `json:"kind"`
	Name    string          `json:"name,omitempty"`
	Object  json.RawMessage `json:"object,omitempty"`
	Type    string          `json:"type,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Message string          `json:"message,omitempty"`

	since int64 // T in nanoseconds
	order int   // the order of the calls
}
