package wire_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ingot"
	"ingot/api/model"
	"ingot/internal/api/wire"
)

// odd is a service with what the services of today have nowhere together.
type odd struct{ got oddInput }

type oddInput struct {
	Id, Sub string
	Data    []byte
	Names   map[string]string
	Limits  map[string]int64
	Count   *int
}

type oddOutput struct {
	Data  []byte            `json:"Data,omitzero" xml:"Data"`
	Names map[string]string `json:"Names,omitzero" xml:"Names"`
	Pairs map[string]int    `json:"-" xml:"Pairs>Name>Value"`
}

type nothing struct{}

func (o *odd) put(_ context.Context, in *oddInput) (*oddOutput, error) {
	o.got = *in
	return &oddOutput{Data: in.Data, Names: in.Names, Pairs: map[string]int{"b": 2, "a": 1}}, nil
}

func (o *odd) stop(context.Context, *nothing) (*nothing, error) { return &nothing{}, nil }

func (o *odd) fail(_ context.Context, in *oddInput) (*nothing, error) {
	return nil, &ingot.Error{Code: ingot.Code(in.Id), Message: "because", Reason: "WHY"}
}

func oddShapes() map[string]model.Shape {
	two := int64(2)
	return map[string]model.Shape{
		"Text": {Kind: model.String}, "Number": {Kind: model.Integer}, "Bytes": {Kind: model.Blob, Max: &two},
		"Names":  {Kind: model.Map, Key: "Text", Elem: "Text"},
		"Limits": {Kind: model.Map, Key: "Text", Elem: "Number", KeyWire: "Name", ValueWire: "Value"},
		"Put": {Kind: model.Structure, Members: []model.Member{
			{Name: "Id", Shape: "Text", Wire: "id", Place: model.URI}, {Name: "Sub", Shape: "Text", Wire: "sub", Place: model.URI},
			{Name: "Data", Shape: "Bytes"}, {Name: "Names", Shape: "Names"}, {Name: "Limits", Shape: "Limits"}, {Name: "Count", Shape: "Number", Wire: "x-count", Place: model.Header},
		}},
		"Form": {Kind: model.Structure, Members: []model.Member{
			{Name: "Id", Shape: "Text"}, {Name: "Data", Shape: "Bytes"}, {Name: "Names", Shape: "Names"}, {Name: "Limits", Shape: "Limits"},
		}},
	}
}

func oddTable(input string) []model.Operation[*odd] {
	return []model.Operation[*odd]{
		{Name: "Put", Method: "POST", Path: "/things/{id}/subs/{sub}", Input: input, Call: model.Call((*odd).put)},
		{Name: "PutNew", Method: "POST", Path: "/things/new/subs/{sub}", Input: input, Call: model.Call((*odd).put)},
		{Name: "Stop", Method: "POST", Path: "/things/{id}", Call: model.Call((*odd).stop)},
		{Name: "Fail", Method: "POST", Path: "/things/new/{id}", Input: input, Call: model.Call((*odd).fail)},
	}
}

var oddFaults = map[ingot.Code]model.Fault{
	"GoneException": {Status: 410, Message: "Message", Reason: "Reason"}, "ValidationException": {Status: 400, Message: "message"}, "BareException": {Status: 409},
}

func TestRoutes(t *testing.T) {
	handler := wire.REST(&odd{}, oddTable("Put"), oddShapes(), oddFaults)
	for path, want := range map[string]string{
		"/things/a/subs/b": "Put", "/things/new/subs/b": "PutNew", "/things/a%2Fb/subs/c%2F": "Put", "/things/a": "Stop", "/things/new": "Stop",
		"/things/newer/subs/b": "Put", "/things/new/b": "Fail", "/things/a/b": "", "/things//subs/b": "", "/things/": "", "/things": "", "/": "", "": "",
		"/things/a/subs/b/": "", "/things/a/subs/b/c": "", "/Things/a": "", "//things/a": "", strings.Repeat("/a", 10000): "",
	} {
		r := httptest.NewRequest("POST", "http://host"+path, nil)
		if a := handler.Serve(r, nil, region, "id"); a.Operation != want {
			t.Errorf("%.50s leads to %q, want %q", path, a.Operation, want)
		}
	}
	if a := handler.Serve(httptest.NewRequest("GET", "/things/a", nil), nil, region, "id"); a.Status != 404 || a.Code != wire.UnknownOperation {
		t.Errorf("by GET: %+v", a)
	}
}

func TestLabelsAndHeaders(t *testing.T) {
	o := &odd{}
	handler := wire.REST(o, oddTable("Put"), oddShapes(), oddFaults)
	r := httptest.NewRequest("POST", "/things/a%2Fb%2520/subs/c+d", nil)
	r.Header.Set("X-Count", "7")
	a := handler.Serve(r, []byte(`{"Id":"body","Data":"AAE=","Names":{"a":"b"},"Count":9}`), region, "id")
	if a.Status != 200 || o.got.Id != "a/b%20" || o.got.Sub != "c+d" || *o.got.Count != 7 || string(o.got.Data) != "\x00\x01" || string(a.Body) != `{"Data":"AAE=","Names":{"a":"b"}}`+"\n" {
		t.Errorf("got %+v, answered %d %s", o.got, a.Status, a.Body)
	}
	for body, says := range map[string]string{`{"Data":"AAEC"}`: "at most 2 bytes", `{"Data":"?"}`: "must be base64", `{"Data":1}`: "must be base64"} {
		if a := handler.Serve(httptest.NewRequest("POST", "/things/a/subs/b", nil), []byte(body), region, "id"); a.Code != "ValidationException" || !strings.Contains(string(a.Body), says) {
			t.Errorf("%s: %d %s", body, a.Status, a.Body)
		}
	}
}

// TestFaultsInOwnWords has the same faults in both JSON protocols.
func TestFaultsInOwnWords(t *testing.T) {
	rest := wire.REST(&odd{}, oddTable("Put"), oddShapes(), oddFaults)
	lines := wire.JSON11(&odd{}, oddTable("Form"), oddShapes(), "Odd_2026", oddFaults)
	for _, c := range []struct {
		code          string
		rest, lines   int
		body, shownAs string
	}{
		{"GoneException", 410, 410, `"Message":"because","Reason":"WHY"`, "GoneException"},
		{"BareException", 409, 409, ``, "BareException"},
		{"InvalidRequestException", 400, 400, `"message":"because"`, "ValidationException"},
		{"ResourceNotFoundException", 404, 400, `"message":"because"`, "ResourceNotFoundException"},
		{"ServiceUnavailableException", 503, 503, `"message":"because"`, "ServiceUnavailableException"},
	} {
		a := rest.Serve(httptest.NewRequest("POST", "/things/new/"+c.code, nil), nil, region, "id")
		if a.Status != c.rest || string(a.Code) != c.shownAs || strings.TrimSpace(string(a.Body)) != "{"+c.body+"}" {
			t.Errorf("%s: %d %s %s", c.code, a.Status, a.Code, a.Body)
		}
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("X-Amz-Target", "Odd_2026.Fail")
		a = lines.Serve(r, fmt.Appendf(nil, `{"Id":%q}`, c.code), region, "id")
		if a.Status != c.lines || string(a.Code) != c.shownAs || !strings.Contains(string(a.Body), `"__type":"`+c.shownAs+`"`) || !strings.Contains(string(a.Body), c.body) || a.ContentType != "application/x-amz-json-1.1" {
			t.Errorf("%s by lines: %d %s %s", c.code, a.Status, a.Code, a.Body)
		}
	}
}

func TestTargets(t *testing.T) {
	handler := wire.JSON11(&odd{}, oddTable("Form"), oddShapes(), "Odd_2026", oddFaults)
	for _, c := range []struct{ method, target, body, want string }{
		{"POST", "Odd_2026.Stop", "", "200 {}"},
		{"POST", "Odd_2026.Stop", "{}", "200 {}"},
		{"POST", "Odd_2026.Put", `{"Names":{"a":"b"},"Unknown":1,"Id":null}`, `200 {"Names":{"a":"b"}}`},
		{"POST", "Odd_2026.Put", `[]`, `400 {"__type":"ValidationException","message":"The body of the request is not a JSON object: it is of type array."}`},
		{"GET", "Odd_2026.Stop", "", `400 {"__type":"UnknownOperationException","message":"There is no operation 'Odd_2026.Stop'."}`},
		{"POST", "Odd_2025.Stop", "", `400 {"__type":"UnknownOperationException","message":"There is no operation 'Odd_2025.Stop'."}`},
		{"POST", "Stop", "", `400 {"__type":"UnknownOperationException","message":"There is no operation 'Stop'."}`},
		{"POST", "Odd_2026.stop", "", `400 {"__type":"UnknownOperationException","message":"There is no operation 'Odd_2026.stop'."}`},
		{"POST", "", "", `400 {"__type":"UnknownOperationException","message":"There is no operation ''."}`},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.Header.Set("X-Amz-Target", c.target)
		a := handler.Serve(r, []byte(c.body), region, "id")
		if got := fmt.Sprintf("%d %s", a.Status, strings.TrimSpace(string(a.Body))); got != c.want {
			t.Errorf("%s %s %s: %s, want %s", c.method, c.target, c.body, got, c.want)
		}
	}
}

// TestMapsOfForms reads maps by the names in the model, and writes them.
func TestMapsOfForms(t *testing.T) {
	o := &odd{}
	handler := wire.Query(o, oddTable("Form"), oddShapes(), "urn:odd")
	form := "Action=Put&Names.entry.1.key=a&Names.entry.1.value=x&Names.entry.2.key=b&Names.entry.2.value=&Names.entry.3.value=lost&Names.member.1.key=no" +
		"&Limits.entry.10.Name=ten&Limits.entry.10.Value=10&Limits.entry.9.key=no&Limits.entry.9.value=9&Data=AAE%3D"
	a := handler.Serve(httptest.NewRequest("POST", "/", nil), []byte(form), region, "id")
	if fmt.Sprint(o.got.Names, o.got.Limits, o.got.Data) != "map[a:x b:] map[ten:10] [0 1]" {
		t.Errorf("got %+v: %s", o.got, a.Body)
	}
	want := "<Data>AAE=</Data><Names><entry><key>a</key><value>x</value></entry><entry><key>b</key><value></value></entry></Names>" +
		"<Pairs><entry><Name>a</Name><Value>1</Value></entry><entry><Name>b</Name><Value>2</Value></entry></Pairs>"
	if !strings.Contains(string(a.Body), want) {
		t.Errorf("answered %s", a.Body)
	}
	a = handler.Serve(httptest.NewRequest("POST", "/", nil), []byte("Action=Put&Limits.entry.1.Name=a&Limits.entry.1.Value=many"), region, "id")
	if a.Status != 400 || !strings.Contains(string(a.Body), "Limits.a") {
		t.Errorf("a value of the wrong type: %d %s", a.Status, a.Body)
	}
}

// TestOperationsWithoutInputOrOutput are called in every protocol.
func TestOperationsWithoutInputOrOutput(t *testing.T) {
	lines := httptest.NewRequest("POST", "/", nil)
	lines.Header.Set("X-Amz-Target", "T.Stop")
	for what, a := range map[string]wire.Answer{
		"REST":   wire.REST(&odd{}, oddTable("Put"), oddShapes(), nil).Serve(httptest.NewRequest("POST", "/things/a", nil), nil, region, "id"),
		"JSON11": wire.JSON11(&odd{}, oddTable("Form"), oddShapes(), "T", nil).Serve(lines, []byte("{}"), region, "id"),
		"query":  wire.Query(&odd{}, oddTable("Form"), oddShapes(), "urn:odd").Serve(httptest.NewRequest("POST", "/", nil), []byte("Action=Stop&Anything=1"), region, "id"),
		"EC2":    wire.EC2(&odd{}, oddTable("Form"), oddShapes(), "urn:odd").Serve(httptest.NewRequest("POST", "/", nil), []byte("Action=Stop"), region, "id"),
	} {
		if a.Status != 200 || a.Operation != "Stop" || !slices.Contains([]string{"application/json", "application/x-amz-json-1.1", "text/xml;charset=UTF-8"}, a.ContentType) {
			t.Errorf("%s: %+v %s", what, a, a.Body)
		}
	}
}
