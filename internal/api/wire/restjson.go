package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"ingot"
	"ingot/api/model"
)

// restJSON is the protocol of Image Builder: an operation has a method and a path,
// takes members from path, query and a JSON body, and answers in JSON.
type restJSON struct {
	routes routes
	shapes *shapes
}

func (restJSON) contentType() string { return "application/json" }

// route is the place of an operation; the path of one with a label ends in the
// value of a member.
type route struct{ method, path string }

type routes struct {
	plain    map[route]string
	labelled map[route]string // by what stands before the label
}

func newRoutes(operations map[string]operation) routes {
	r := routes{map[route]string{}, map[route]string{}}
	for name, op := range operations {
		if prefix, _, ok := strings.Cut(op.path, "{"); ok {
			r.labelled[route{op.method, prefix}] = name
		} else {
			r.plain[route{op.method, op.path}] = name
		}
	}
	return r
}

// route looks at the path as it was sent: in a label, %2F is no separator.
func (p restJSON) route(r *http.Request, _ []byte) (string, error) {
	path := r.URL.EscapedPath()
	if name, ok := p.routes.plain[route{r.Method, path}]; ok {
		return name, nil
	}
	end := strings.LastIndexByte(path, '/') + 1
	if name, ok := p.routes.labelled[route{r.Method, path[:end]}]; ok && end < len(path) {
		return name, nil
	}
	return "", ingot.Errorf(UnknownOperation, "There is no operation at %s %s.", r.Method, path)
}

func (p restJSON) document(r *http.Request, body []byte, op operation) (map[string]any, error) {
	document, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	parameters := r.URL.Query()
	for _, m := range p.shapes.members(op.input) {
		switch m.Place {
		case model.Query:
			p.setQuery(document, m, parameters)
		case model.URI:
			document[m.Name] = label(r)
		}
	}
	return document, nil
}

// setQuery puts a parameter in its place; what the body has there does not count.
func (p restJSON) setQuery(document map[string]any, m model.Member, parameters url.Values) {
	values, ok := parameters[m.Name]
	switch shape := p.shapes.types[m.Shape]; {
	case !ok:
		delete(document, m.Name)
	case shape.Kind == model.List:
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = p.shapes.parse(shape.Elem, v)
		}
		document[m.Name] = list
	default:
		document[m.Name] = p.shapes.parse(m.Shape, values[0])
	}
}

// label is the last part of the path, unescaped once.
func label(r *http.Request) string {
	path := r.URL.EscapedPath()
	last := path[strings.LastIndexByte(path, '/')+1:]
	if plain, err := url.PathUnescape(last); err == nil {
		return plain
	}
	return last
}

// parseBody reads one JSON object; an empty body is an empty one.
func parseBody(body []byte) (map[string]any, error) {
	document := map[string]any{}
	if len(bytes.TrimSpace(body)) == 0 {
		return document, nil
	}
	if err := measure(body); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&document); err != nil {
		return nil, ingot.Errorf(ingot.InvalidRequest, "The body of the request is not a JSON object: %v.", plainly(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, ingot.Errorf(ingot.InvalidRequest, "The body of the request has something after its JSON object.")
	}
	if document == nil {
		document = map[string]any{}
	}
	return document, nil
}

// plainly says what is wrong with a text without the names of Go's types.
func plainly(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "it is of type " + wrong.Value
	}
	return err.Error()
}

func (restJSON) answer(_ operation, output any, _ string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(output)
	return b.Bytes(), err
}

func (p restJSON) fault(f *ingot.Error, _ string) (ingot.Code, []byte) {
	text, err := p.answer(operation{}, map[string]string{"message": f.Message}, "")
	if err != nil { // a map of strings can always be written
		panic(err)
	}
	return f.Code, text
}
