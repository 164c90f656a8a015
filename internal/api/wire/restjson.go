package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"ingot"
	"ingot/api/model"
)

// restJSON is the protocol of Image Builder: an operation has a method and a path,
// takes members from path, query, headers and a JSON body, and answers in JSON. One
// member may be the whole body instead.
type restJSON struct {
	routes routes
	shapes *shapes
	faults faults
}

func (restJSON) contentType() string { return "application/json" }

func (p restJSON) route(r *http.Request, _ []byte) (string, error) { return p.routes.route(r) }

func (p restJSON) input(r *http.Request, body []byte, op operation) (map[string]any, error) {
	document := map[string]any{}
	if m, whole := p.shapes.payload(op.input); whole {
		document[m.Name] = base64.StdEncoding.EncodeToString(body)
	} else if given, err := parseBody(body); err != nil {
		return nil, err
	} else {
		document = given
	}
	parameters, path := r.URL.Query(), labels(r, op)
	for _, m := range p.shapes.members(op.input) {
		switch m.Place {
		case model.Query:
			p.setQuery(document, m, parameters)
		case model.Header:
			p.setHeader(document, m, r.Header)
		case model.URI:
			document[m.Name] = p.shapes.parse(m.Shape, path[m.QueryName()])
		}
	}
	return document, nil
}

// setQuery sets a member from a parameter of the URL; a value in the body is ignored.
func (p restJSON) setQuery(document map[string]any, m model.Member, parameters url.Values) {
	values, ok := parameters[m.QueryName()]
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

// parseBody reads one JSON object; an empty body is an empty object.
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

// plainly says what is wrong with a JSON text without the names of Go's types.
func plainly(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "it is of type " + wrong.Value
	}
	return err.Error()
}

func (restJSON) answer(_ operation, output any, _ string) ([]byte, error) { return writeJSON(output) }

func writeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

func (p restJSON) fault(f *ingot.Error, _ string) (ingot.Code, []byte) {
	text, err := writeJSON(p.faults.body(f))
	if err != nil { // a map of strings can always be written
		panic(err)
	}
	return f.Code, text
}
