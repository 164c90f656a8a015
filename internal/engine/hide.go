package engine

import (
	"errors"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"

	"ingot/internal/engine/outcome"
	"ingot/internal/store"
)

// hider takes the place of the data directory out of texts for users, whose business
// the server's folders are not: "/var/lib/ingot/pool" becomes "DATA/pool".
type hider []*regexp.Regexp

func newHider(data string) (h hider) {
	if data == "" {
		return nil
	}
	whole, err := filepath.Abs(data)
	if err != nil {
		return nil
	}
	names := []string{whole}
	if real, err := filepath.EvalSymlinks(whole); err == nil && real != whole {
		names = append(names, real)
	}
	for _, name := range names {
		h = append(h, regexp.MustCompile(regexp.QuoteMeta(name)+`\b`))
	}
	return h
}

// opened is how a path begins that goes through a descriptor of the server's. Folders of a
// guest's disk are reached so; what follows is the path within the guest.
var opened = regexp.MustCompile(`/proc/(?:self|\d+)/fd/\d+\b/?`)

func (h hider) hide(text string) string {
	text = opened.ReplaceAllString(text, "/")
	for _, name := range h {
		text = name.ReplaceAllString(text, "DATA")
	}
	return text
}

// sentence is what users may see of a fault that ends their build.
func (h hider) sentence(fault error) string {
	return h.outcome(outcome.Outcome{Message: fault.Error()}, fault).Message
}

// outcome takes out of an outcome, which a fault led to, what its user must not see:
// places of the server, and the database's own words. The image's log has them.
func (h hider) outcome(o outcome.Outcome, fault error) outcome.Outcome {
	words := store.Words(fault)
	clean := func(text string) string {
		if words != "" {
			text = strings.ReplaceAll(text, words, "a fault of the database")
		}
		return h.hide(text)
	}
	o.Message = clean(o.Message)
	o.Outputs, _ = each(o.Outputs, clean).(map[string]any)
	return o
}

// each copies a value of JSON with all its texts changed.
func each(v any, change func(string) string) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = each(e, change)
		}
		return list
	case map[string]any:
		if v == nil {
			return nil
		}
		m := map[string]any{}
		for key, e := range v {
			m[key] = each(e, change)
		}
		return m
	}
	return v
}

// reason is the sentence for a fault that ends a build. What the fault is stands in the
// server's log: it is nothing that the user did. That the disk is full is the likeliest
// cause, and said.
func (e *Engine) reason(fault error) string {
	text := "The build could not go on, because of a fault of the server; its log says which"
	if errors.Is(fault, unix.ENOSPC) || strings.Contains(fault.Error(), "disk is full") {
		text += "; the server's disk is full"
	}
	if full := e.Build.Nodes.CheckSpace(); full != nil {
		text += "; " + e.hider.hide(full.Error())
	}
	return text
}
