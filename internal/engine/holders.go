package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sys/unix"

	"ingot"
	"ingot/internal/engine/instance"
	"ingot/internal/engine/places"
	"ingot/internal/store"
)

// holders lists the recorded machines of this host with what each takes.
func (e *Engine) holders(ctx context.Context) (all []places.Holder, err error) {
	rows, err := store.Instances(ctx, e.Store.DB(), e.Build.Host.ID)
	if err != nil {
		return nil, err
	}
	for _, i := range rows {
		var l instance.Launch
		if err := json.Unmarshal([]byte(i.Launch), &l); err != nil {
			return nil, fmt.Errorf("reading how instance %s was launched: %w", i.ID, err)
		}
		all = append(all, places.Holder{
			ID: i.ID, Build: i.ImageARN, Works: i.Status != "" && !i.Status.Terminal(), Kept: kept(i),
			Demand: places.Demand{CPUs: l.Size.CPUs, MemoryMiB: l.Size.MemoryMiB, Disk: e.unwritten(i, l)},
		})
	}
	return all, nil
}

// kept reports whether an instance is kept for a person, after a failure.
func kept(i store.Instance) bool { return i.Kept && i.Status == ingot.Failed }

// unwritten is what is left of the promise to a machine after the growth of its disk
// since it was cloned.
func (e *Engine) unwritten(i store.Instance, l instance.Launch) int64 {
	promise := l.Promise
	if promise == 0 { // it was launched by a release without promises
		promise = e.Build.Allowance
	}
	grown := allocated(e.Build.Host.DiskOf(i.Token)) - allocated(l.Base)
	return min(promise, max(0, promise-grown))
}

// allocated returns how many bytes of a file have a block; 0 when the file does not
// exist.
func allocated(file string) int64 {
	var st unix.Stat_t
	if unix.Stat(file, &st) != nil {
		return 0
	}
	return st.Blocks * 512
}
