package wire

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ingot"
	"ingot/api/model"
)

// query is the protocol of STS and, in a dialect, of EC2: a form names the action
// and its parameters, "Filter.1.Value.2=x" being an entry of a list in an entry of a
// list; the answer is XML.
type query struct {
	dialect
	operations map[string]operation
	shapes     *shapes
}

// dialect is where EC2 and the others differ.
type dialect struct {
	list     string                    // what stands between a list's name and a number
	codes    map[ingot.Code]ingot.Code // other words for codes of ours
	answered string                    // of operation, answer and request id
	failed   string                    // of code, message and request id
}

func ec2Dialect(namespace string) dialect {
	return dialect{
		codes: map[ingot.Code]ingot.Code{
			ingot.Internal:                "InternalError",
			"UnrecognizedClientException": "AuthFailure",
			"InvalidSignatureException":   "SignatureDoesNotMatch",
		},
		answered: `<%[1]sResponse xmlns="` + namespace + `"><requestId>%[3]s</requestId>%[2]s</%[1]sResponse>`,
		failed:   `<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>%s</RequestID></Response>`,
	}
}

func queryDialect(namespace string) dialect {
	return dialect{
		list: "member",
		codes: map[ingot.Code]ingot.Code{
			ingot.Internal:                "InternalFailure",
			"UnrecognizedClientException": "InvalidClientTokenId",
			"InvalidSignatureException":   "SignatureDoesNotMatch",
		},
		answered: `<%[1]sResponse xmlns="` + namespace + `"><%[1]sResult>%[2]s</%[1]sResult><ResponseMetadata><RequestId>%[3]s</RequestId></ResponseMetadata></%[1]sResponse>`,
		failed:   `<ErrorResponse xmlns="` + namespace + `"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>`,
	}
}

const xmlHeader = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func (query) contentType() string { return "text/xml;charset=UTF-8" }

func (p query) answer(op operation, output any, requestID string) ([]byte, error) {
	return fmt.Appendf([]byte(xmlHeader), p.answered, op.name, xmlOf(output), requestID), nil
}

func (p query) fault(f *ingot.Error, requestID string) (ingot.Code, []byte) {
	code := cmp.Or(p.codes[f.Code], ingot.Code(strings.TrimSuffix(string(f.Code), "Exception")))
	return code, fmt.Appendf([]byte(xmlHeader), p.failed, escapeXML(string(code)), escapeXML(f.Message), requestID)
}

func (p query) route(r *http.Request, body []byte) (string, error) {
	form, err := parseForm(r, body)
	if err != nil {
		return "", err
	}
	action := form.Get("Action")
	if action == "" {
		return "", ingot.Errorf("MissingAction", "The request must contain the parameter Action.")
	}
	if _, ok := p.operations[action]; !ok {
		return "", ingot.Errorf("InvalidAction", "The action %s is not valid for this web service.", action)
	}
	return action, nil
}

// parseForm reads the parameters from the body, or from the address of a GET.
func parseForm(r *http.Request, body []byte) (url.Values, error) {
	text := string(body)
	if text == "" {
		text = r.URL.RawQuery
	}
	form, err := url.ParseQuery(text)
	if err != nil {
		return nil, ingot.Errorf("MalformedQueryString", "The parameters of the request are not a form: %v.", err)
	}
	return form, nil
}

func (p query) document(r *http.Request, body []byte, op operation) (map[string]any, error) {
	form, err := parseForm(r, body)
	if err != nil {
		return nil, err
	}
	return p.structure(op.input, nest(form)), nil
}

// node is a part of a form: "Filter.1.Name" is the node Name in the node 1 in the
// node Filter.
type node struct {
	text  string
	parts map[string]*node
}

// deepest is more than any member of the services has dots in its name.
const deepest = 16

func nest(form url.Values) *node {
	root := &node{}
	for name, values := range form {
		path := strings.Split(name, ".")
		if len(path) > deepest {
			continue
		}
		at := root
		for _, part := range path {
			at = at.part(part)
		}
		at.text = values[0]
	}
	return root
}

// part gives a part by name and makes it if there is none.
func (n *node) part(name string) *node {
	if n.parts == nil {
		n.parts = map[string]*node{}
	}
	if n.parts[name] == nil {
		n.parts[name] = &node{}
	}
	return n.parts[name]
}

// numbered lists the parts of a list in the order of their numbers.
func (n *node) numbered() []*node {
	var numbers []int
	for name := range n.parts {
		if i, err := strconv.Atoi(name); err == nil && strconv.Itoa(i) == name {
			numbers = append(numbers, i)
		}
	}
	slices.Sort(numbers)
	list := make([]*node, len(numbers))
	for i, number := range numbers {
		list[i] = n.parts[strconv.Itoa(number)]
	}
	return list
}

// value reads a part of the form as its type tells.
func (p query) value(shape string, n *node) any {
	switch t := p.shapes.types[shape]; t.Kind {
	case model.Structure:
		return p.structure(shape, n)
	case model.List:
		if p.list != "" {
			n = n.part(p.list)
		}
		list := []any{}
		for _, entry := range n.numbered() {
			list = append(list, p.value(t.Elem, entry))
		}
		return list
	default:
		return p.shapes.parse(shape, n.text)
	}
}

func (p query) structure(shape string, n *node) map[string]any {
	document := map[string]any{}
	for _, m := range p.shapes.members(shape) {
		if part := n.parts[m.QueryName()]; part != nil {
			document[m.Name] = p.value(m.Shape, part)
		}
	}
	return document
}
