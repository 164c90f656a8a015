package wire

import (
	"net/http"
	"net/url"
	"strings"

	"ingot"
)

// routes finds operations by method and path. A path is split at its slashes as it was
// sent, so %2F in a label does not separate. A literal part of a path is preferred to a
// label.
type routes map[string]*segment // by method

// segment is what may follow a part of a path.
type segment struct {
	named     map[string]*segment
	label     *segment
	operation string // whose path ends here, or empty
}

func newRoutes(operations map[string]operation) routes {
	r := routes{}
	for name, op := range operations {
		if r[op.method] == nil {
			r[op.method] = &segment{}
		}
		at := r[op.method]
		for _, part := range parts(op.path) {
			at = at.make(part)
		}
		at.operation = name
	}
	return r
}

func parts(path string) []string { return strings.Split(strings.TrimPrefix(path, "/"), "/") }

// isLabel reports whether a part of an operation's path is a label, {name}.
func isLabel(part string) bool { return strings.HasPrefix(part, "{") }

// make returns the segment after a part, which it makes if needed.
func (p *segment) make(part string) *segment {
	if isLabel(part) {
		if p.label == nil {
			p.label = &segment{}
		}
		return p.label
	}
	if p.named == nil {
		p.named = map[string]*segment{}
	}
	if p.named[part] == nil {
		p.named[part] = &segment{}
	}
	return p.named[part]
}

// find returns the operation that a path leads to, or "". A label is never empty.
func (p *segment) find(path []string) string {
	switch {
	case p == nil:
		return ""
	case len(path) == 0:
		return p.operation
	}
	if found := p.named[path[0]].find(path[1:]); found != "" || path[0] == "" {
		return found
	}
	return p.label.find(path[1:])
}

// longestPath is more parts than the path of any operation has.
const longestPath = 16

func (r routes) route(request *http.Request) (string, error) {
	path := request.URL.EscapedPath()
	if strings.Count(path, "/") < longestPath {
		if name := r[request.Method].find(parts(path)); name != "" {
			return name, nil
		}
	}
	return "", ingot.Errorf(UnknownOperation, "There is no operation at %s %s.", request.Method, path)
}

// labels returns the values of an operation's labels in a path, unescaped once.
func labels(request *http.Request, op operation) map[string]string {
	values := map[string]string{}
	sent := parts(request.URL.EscapedPath())
	for i, part := range parts(op.path) {
		if !isLabel(part) || i >= len(sent) {
			continue
		}
		value, err := url.PathUnescape(sent[i])
		if err != nil {
			value = sent[i]
		}
		values[strings.Trim(part, "{}")] = value
	}
	return values
}
