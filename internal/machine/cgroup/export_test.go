package cgroup

// Delegate is for tests: the top of this host's hierarchy may be a real one.
var Delegate = delegate
