package nodes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ingot/internal/engine/plan"
	"ingot/internal/store"
)

// Decision says how a component gets into an image.
type Decision struct {
	Component string  `json:"component"` // build version ARN
	Cached    bool    `json:"cached"`
	Made      string  `json:"made,omitempty"` // when the node was made
	Why       string  `json:"why"`
	Node      string  `json:"node,omitempty"` // key
	Backend   string  `json:"backend,omitempty"`
	Seconds   float64 `json:"seconds"`
}

// variants are the backends in which a component's node may have been made.
var variants = []string{"sandbox", "qemu", "memory"}

// Longest returns the furthest point that a build may start from, with a decision for
// each component. If since is set, only nodes that this build made after that time count,
// not those of other builds.
func (n *Nodes) Longest(ctx context.Context, p *plan.Plan, first Point, since string) (Point, []Decision, error) {
	at, best := first, first
	decisions := make([]Decision, len(p.Components))
	why := ""
	for i, c := range p.Components {
		decisions[i] = Decision{Component: c.ARN, Why: why}
		if why != "" {
			continue
		}
		row, fault, err := n.lookup(ctx, p, i, at, since)
		if err != nil {
			return Point{}, nil, err
		}
		if fault != "" {
			decisions[i].Why = fault
			why = "a component before it was run"
			continue
		}
		at = Point{
			Key: row.Key, Path: n.Path(row.Key), Applied: i + 1, Created: row.Created, Own: row.ImageARN == p.Image,
			Backend: row.Backend, Kernel: row.Kernel,
		}
		decisions[i] = Decision{Component: c.ARN, Cached: true, Made: row.Created, Node: row.Key, Backend: row.Backend,
			Why: fmt.Sprintf("the same step was made %s ago on the same disk", n.age(row))}
		if at.Own {
			decisions[i].Cached, decisions[i].Why = false, "this build ran it"
		}
		if !row.Blamed || at.Own {
			best = at
		}
	}
	for i := best.Applied; i < at.Applied; i++ {
		decisions[i].Cached = false
		decisions[i].Why = "a build that continued from here failed before, and went well without"
	}
	return best, decisions, nil
}

// lookup returns a usable node of component i on the point at, or the reason why there is
// none.
func (n *Nodes) lookup(ctx context.Context, p *plan.Plan, i int, at Point, since string) (row store.Node, fault string, err error) {
	c := p.Components[i]
	switch fault = "no such step was made before on this disk"; {
	case len(c.Volatile) > 0:
		fault = "it names " + strings.Join(c.Volatile, ", ") + ", which changes at every build"
	case p.Cache.Off:
		fault = p.Cache.Why
	}
	for _, backend := range variants {
		row, err = store.NodeByKey(ctx, n.Store.DB(), n.Host, p.Account, OfComponent(p, i, at.Key, backend).Key())
		if errors.Is(err, store.ErrNoRows) {
			continue
		}
		if err != nil {
			return row, "", err
		}
		if fault = n.refuse(p, row, at, since); fault == "" {
			return row, "", nil
		}
	}
	return row, fault, nil
}

// refuse returns why a node must not be used, or "".
func (n *Nodes) refuse(p *plan.Plan, row store.Node, at Point, since string) string {
	own := row.ImageARN == p.Image
	switch {
	case !exists(n.Path(row.Key)):
		return "its disk is no longer kept"
	case row.Created < at.Created:
		return "the step before it was made anew since"
	case own && row.Created >= since:
		return ""
	case since != "":
		return "the build is run again without the cache"
	case !p.Cache.Always && n.since(row) > time.Duration(p.Cache.Within)*time.Second:
		return fmt.Sprintf("the step that is kept was made %s ago, longer than %s", n.age(row), time.Duration(p.Cache.Within)*time.Second)
	}
	return ""
}

func (n *Nodes) since(row store.Node) time.Duration {
	made, err := time.Parse(time.RFC3339, row.Created)
	if err != nil {
		return 1<<63 - 1
	}
	return n.Now().Sub(made)
}

func (n *Nodes) age(row store.Node) time.Duration { return n.since(row).Round(time.Second) }
