package wire

import (
	"net/http"
	"net/url"
	"strings"

	"ingot"
)

// routes finds operations by method and path. A path is cut at its slashes as it was
// sent, so that %2F in a label is no separator; what stands in a path by its name goes
// before a label.
type routes map[string]*place // by method

// place is what may follow a part of a path.
type place struct {
	named     map[string]*place
	label     *place
	operation string // that has its end here, or empty
}

func newRoutes(operations map[string]operation) routes {
	r := routes{}
	for name, op := range operations {
		if r[op.method] == nil {
			r[op.method] = &place{}
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

// isLabel tells {name} in the path of an operation from a part that is meant as it is.
func isLabel(part string) bool { return strings.HasPrefix(part, "{") }

// make gives the place after a part and makes it if there is none.
func (p *place) make(part string) *place {
	if isLabel(part) {
		if p.label == nil {
			p.label = &place{}
		}
		return p.label
	}
	if p.named == nil {
		p.named = map[string]*place{}
	}
	if p.named[part] == nil {
		p.named[part] = &place{}
	}
	return p.named[part]
}

// find gives the operation that a path leads to, or nothing. A label is never empty.
func (p *place) find(path []string) string {
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

// longestPath is more than any operation has parts in its path.
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

// labels gives what stands in a path for the labels of an operation's, unescaped once.
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
