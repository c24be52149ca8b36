// Package oracle lets the released Kubernetes controllers answer scenarios.
//
// The Job, TTL and CronJob controllers and the API server's strategies come from an ordinary module
// dependency, through their public constructors. They run inside a testing/synctest bubble, so that
// time is virtual, against a small in-memory API server (server.go) and a kubelet that follows a
// script (kubelet.go). What they ask for is the trace, which is what a scenario results in.
//
// Deliberately absent: a scheduler, quotas, admission plug-ins, the garbage collector as a
// controller (deleting a Job cascades at once), and anything random: names and UIDs are counted.
//
// The entry point is TestOracle in main_test.go, because a bubble needs a testing.T.
package oracle
