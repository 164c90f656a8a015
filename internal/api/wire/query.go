package wire

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ingot"
	"ingot/api/model"
)

// query is the protocol of STS and, in a dialect, of EC2. A form names the action and
// its parameters: "Filter.1.Value.2=x" is an entry of a list in an entry of a list. The
// answer is XML.
type query struct {
	dialect
	operations map[string]operation
	shapes     *shapes
}

// dialect is what differs between EC2 and the others.
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
			Throttling:                    "RequestLimitExceeded",
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

// mostParameters bounds the parameters of a form, as net/url does.
const mostParameters = 10000

// parseForm reads the parameters from the body, or from the URL of a GET.
func parseForm(r *http.Request, body []byte) (url.Values, error) {
	text := string(body)
	if text == "" {
		text = r.URL.RawQuery
	}
	if strings.Count(text, "&") >= mostParameters {
		return nil, ingot.Errorf("MalformedQueryString", "The request has more than %d parameters.", mostParameters)
	}
	form, err := url.ParseQuery(text)
	if err != nil {
		return nil, ingot.Errorf("MalformedQueryString", "The parameters of the request are not a form: %v.", err)
	}
	return form, nil
}

func (p query) input(r *http.Request, body []byte, op operation) (map[string]any, error) {
	form, err := parseForm(r, body)
	if err != nil {
		return nil, err
	}
	root := &node{}
	for name, values := range form {
		p.put(root, op.input, name, values[0])
	}
	return p.structure(op.input, root), nil
}

// node is a part of a form: "Filter.1.Name" is the member Name of entry 1 of the member
// Filter.
type node struct {
	text    string
	members map[string]*node // of a structure, by their names in the form
	entries map[int]*node    // of a list, by their numbers
}

// put sets the value that a parameter's name leads to. A name is followed only as far
// as the model goes, so that a long one allocates no more than a short one.
func (p query) put(n *node, shape, name, text string) {
	for name != "" && n != nil {
		var part string
		part, name, _ = strings.Cut(name, ".")
		n, shape, name = p.part(n, shape, part, name)
	}
	if n != nil {
		n.text = text
	}
}

// part returns the child of a node that the first part of a name leads to, its shape,
// and the rest of the name; nil when the model has none.
func (p query) part(n *node, shape, part, rest string) (*node, string, string) {
	switch t := p.shapes.types[shape]; t.Kind {
	case model.Structure:
		for _, m := range t.Members {
			if m.QueryName() == part {
				return n.member(part), m.Shape, rest
			}
		}
	case model.List:
		if p.list != "" {
			if part != p.list {
				return nil, "", ""
			}
			part, rest, _ = strings.Cut(rest, ".")
		}
		if i, err := strconv.Atoi(part); err == nil && strconv.Itoa(i) == part {
			return n.entry(i), t.Elem, rest
		}
	case model.Map:
		return mapPart(n, t, part, rest)
	}
	return nil, "", ""
}

// member returns a member of a node, which it makes if needed.
func (n *node) member(name string) *node {
	if n.members == nil {
		n.members = map[string]*node{}
	}
	if n.members[name] == nil {
		n.members[name] = &node{}
	}
	return n.members[name]
}

// entry returns an entry of a node, which it makes if needed.
func (n *node) entry(i int) *node {
	if n.entries == nil {
		n.entries = map[int]*node{}
	}
	if n.entries[i] == nil {
		n.entries[i] = &node{}
	}
	return n.entries[i]
}

// value returns a part of the form as its type says.
func (p query) value(shape string, n *node) any {
	switch t := p.shapes.types[shape]; t.Kind {
	case model.Structure:
		return p.structure(shape, n)
	case model.List:
		list := make([]any, 0, len(n.entries))
		for _, i := range slices.Sorted(maps.Keys(n.entries)) {
			list = append(list, p.value(t.Elem, n.entries[i]))
		}
		return list
	case model.Map:
		return p.mapping(t, n)
	default:
		return p.shapes.parse(shape, n.text)
	}
}

func (p query) structure(shape string, n *node) map[string]any {
	document := map[string]any{}
	for _, m := range p.shapes.members(shape) {
		if part := n.members[m.QueryName()]; part != nil {
			document[m.Name] = p.value(m.Shape, part)
		}
	}
	return document
}
