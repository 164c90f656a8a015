package cgroup

// Delegate is for tests: the top of this host's hierarchy may be a real one.
var Delegate = delegate

// FilterDevices is for tests: this host may have the controller of v1.
var FilterDevices = filterDevices

// LimitNowhere limits devices as on a host without hierarchies.
func LimitNowhere(allowed []Device) error { return (&Group{}).limitDevices(allowed) }

// KillThese is for a test with a process that is not in the group.
var KillThese = killThese

// RemoveTree is for a test that does not wait.
var RemoveTree = removeTree

// Dir is the folder of a group in a hierarchy, or "".
func (g *Group) Dir(hierarchy string) string { return g.dirs[hierarchy] }
