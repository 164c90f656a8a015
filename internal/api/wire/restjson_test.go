package wire_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ingot/api/imagebuilder"
	"ingot/api/model"
	"ingot/internal/api/wire"
)

// none implements nothing.
var none = wire.RESTJSON[imagebuilder.Service](imagebuilder.Unimplemented{}, imagebuilder.Operations, imagebuilder.Shapes)

// request writes the document of an operation where its members belong.
func request(t testing.TB, op model.Operation[imagebuilder.Service], document map[string]any) (*http.Request, []byte) {
	path, parameters, rest := op.Path, url.Values{}, map[string]any{}
	for _, m := range imagebuilder.Shapes[op.Input].Members {
		v, ok := document[m.Name]
		switch {
		case !ok:
		case m.Place == model.URI:
			path = strings.Replace(path, "{"+m.Name+"}", url.QueryEscape(fmt.Sprint(v)), 1)
		case m.Place == model.Query:
			parameters[m.Name] = texts(v)
		default:
			rest[m.Name] = v
		}
	}
	var body []byte
	if op.Method != http.MethodGet && op.Method != http.MethodDelete {
		var err error
		if body, err = json.Marshal(rest); err != nil {
			t.Fatal(err)
		}
	}
	return httptest.NewRequest(op.Method, path+"?"+parameters.Encode(), nil), body
}

func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{fmt.Sprint(v)}
	}
	var out []string
	for _, e := range list {
		out = append(out, fmt.Sprint(e))
	}
	return out
}

// call sends an input to a handler and returns status, code and message.
func call(t testing.TB, handler *wire.Handler, op model.Operation[imagebuilder.Service], document map[string]any) (int, string, string) {
	t.Helper()
	r, body := request(t, op, document)
	a := handler.Serve(r, body, region, "id")
	var fault struct{ Message string }
	if err := json.Unmarshal(a.Body, &fault); err != nil {
		t.Fatalf("%s answers no JSON: %s", op.Name, a.Body)
	}
	return a.Status, string(a.Code), fault.Message
}

func operation(t testing.TB, name string) model.Operation[imagebuilder.Service] {
	t.Helper()
	for _, op := range imagebuilder.Operations {
		if op.Name == name {
			return op
		}
	}
	t.Fatalf("no operation %s", name)
	panic("unreachable")
}

func TestEveryOperationAnswers(t *testing.T) {
	if len(imagebuilder.Operations) != 77 {
		t.Errorf("the table has %d operations", len(imagebuilder.Operations))
	}
	for _, op := range imagebuilder.Operations {
		document := sample(t, imagebuilder.Shapes, op.Input).(map[string]any)
		status, code, message := call(t, none, op, document)
		want := "The operation " + op.Name + " is not implemented yet."
		if status != 400 || code != "InvalidRequestException" || message != want {
			t.Errorf("%s with %v: %d %s: %s", op.Name, document, status, code, message)
		}
	}
}

// TestEveryRequiredMember leaves each required member out of each request.
func TestEveryRequiredMember(t *testing.T) {
	for _, op := range imagebuilder.Operations {
		for _, m := range imagebuilder.Shapes[op.Input].Members {
			if !m.Required || m.Place == model.URI {
				continue
			}
			document := sample(t, imagebuilder.Shapes, op.Input).(map[string]any)
			delete(document, m.Name)
			_, code, message := call(t, none, op, document)
			want := fmt.Sprintf("The value supplied for parameter '%s' is not valid. %[1]s is required", m.Name)
			if !strings.HasPrefix(code, "InvalidParameter") || message != want {
				t.Errorf("%s without %s: %s: %s", op.Name, m.Name, code, message)
			}
		}
	}
}

func TestUnknownOperations(t *testing.T) {
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/", nil),
		httptest.NewRequest("GET", "/CreateComponent", nil),
		httptest.NewRequest("PUT", "/createcomponent", nil),
		httptest.NewRequest("PUT", "/CreateComponent/", nil),
		httptest.NewRequest("GET", "/tags/", nil),
		httptest.NewRequest("GET", "/tags/arn:aws:imagebuilder:us-east-1:123456789012:image/a/1.0.0", nil),
		httptest.NewRequest("PUT", "/tags/arn%3Aaws", nil),
	} {
		if a := none.Serve(r, nil, region, "id"); a.Status != 404 || a.Code != wire.UnknownOperation {
			t.Errorf("%s %s: %d %s", r.Method, r.URL, a.Status, a.Code)
		}
	}
}

func TestBodies(t *testing.T) {
	for _, c := range []struct{ body, code, message string }{
		{"", "", ""}, // a list may have no body
		{"  \n", "", ""},
		{"{}", "", ""},
		{"null", "", ""},
		{`{"owner": null}`, "", ""},
		{`{"unknown": [1, {"a": null}], "Owner": 7}`, "", ""},
		{`{"owner": "Self"} `, "", ""},
		{`{"filters":[{"name":"name","values":["a","b"]}]}`, "", ""},
		{`{`, "InvalidRequestException", "The body of the request is not a JSON object: unexpected EOF."},
		{`[]`, "InvalidRequestException", "The body of the request is not a JSON object: it is of type array."},
		{`"text"`, "InvalidRequestException", "The body of the request is not a JSON object: it is of type string."},
		{`{} {}`, "InvalidRequestException", "The body of the request has something after its JSON object."},
		{`{"a":tru}`, "InvalidRequestException", "The body of the request is not a JSON object: invalid character '}' in literal true (expecting 'e')."},
		{`{"owner":"Nobody"}`, "InvalidParameterValueException", "The value supplied for parameter 'owner' is not valid. owner must be one of Self, Shared, Amazon, ThirdParty, AWSMarketplace"},
		{`{"owner":1}`, "InvalidParameterValueException", "The value supplied for parameter 'owner' is not valid. owner must be a string"},
		{`{"byName":"yes"}`, "InvalidParameterValueException", "The value supplied for parameter 'byName' is not valid. byName must be true or false"},
		{`{"maxResults":99}`, "InvalidParameterValueException", "The value supplied for parameter 'maxResults' is not valid. maxResults must be from 1 to 25"},
		{`{"maxResults":1.5}`, "InvalidParameterValueException", "The value supplied for parameter 'maxResults' is not valid. maxResults must be an integer of at most 32 bits"},
		{`{"maxResults":3000000000}`, "InvalidParameterValueException", "The value supplied for parameter 'maxResults' is not valid. maxResults must be an integer of at most 32 bits"},
		{`{"filters":{}}`, "InvalidParameterValueException", "The value supplied for parameter 'filters' is not valid. filters must be a list"},
		{`{"filters":[null]}`, "InvalidParameterValueException", "The value supplied for parameter 'filters[0]' is not valid. filters[0] must be an object"},
		{`{"filters":[]}`, "InvalidParameterValueException", "The value supplied for parameter 'filters' is not valid. filters must have from 1 to 10 entries"},
		{`{"filters":[{"name":"n0"}]}`, "InvalidParameterValueException", "The value supplied for parameter 'filters[0].name' is not valid. name must match pattern ^[a-zA-Z]{1,1024}$"},
		{`{"filters":[{"name":"` + strings.Repeat("n", 1025) + `"}]}`, "InvalidParameterValueException", "The value supplied for parameter 'filters[0].name' is not valid. name must match pattern ^[a-zA-Z]{1,1024}$"},
	} {
		handler := wire.RESTJSON[imagebuilder.Service](lists{}, imagebuilder.Operations, imagebuilder.Shapes)
		a := handler.Serve(httptest.NewRequest("POST", "/ListComponents", nil), []byte(c.body), region, "id")
		var fault struct{ Message string }
		if err := json.Unmarshal(a.Body, &fault); err != nil || string(a.Code) != c.code || fault.Message != c.message {
			t.Errorf("body %.60s: %d %s: %s", c.body, a.Status, a.Code, a.Body)
		}
	}
}
