package wire_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"ingot/api/ec2"
	"ingot/api/imagebuilder"
	"ingot/internal/api/wire"
)

// allocated is how many bytes f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// repeat makes a text of about n bytes out of pieces that may be numbered.
func repeat(n int, piece string) string {
	var b strings.Builder
	for i := 1; b.Len() < n; i++ {
		if strings.Contains(piece, "%d") {
			fmt.Fprintf(&b, piece, i)
		} else {
			b.WriteString(piece)
		}
	}
	return b.String()
}

// TestFormsCostWhatTheyWeigh sends forms that are made to cost much: what is allocated
// for them is some times their length, and grows as that does.
func TestFormsCostWhatTheyWeigh(t *testing.T) {
	handler := wire.EC2[ec2.Service](ec2.Unimplemented{}, ec2.Operations, ec2.Shapes, ec2.Namespace)
	cost := func(form string) int {
		return allocated(func() {
			handler.Serve(httptest.NewRequest("POST", "/", nil), []byte("Action=DescribeImages&"+form), region, "id")
		})
	}
	cost("")
	for name, form := range map[string]func(n int) string{
		"deep names":             func(n int) string { return repeat(n, "&%d"+strings.Repeat(".a", 15)) },
		"deeper names":           func(n int) string { return repeat(n, "&Filter.1.Value.%d"+strings.Repeat(".1", 200)) },
		"one deep name":          func(n int) string { return strings.Repeat("a.", n/2) },
		"many values":            func(n int) string { return repeat(n, "&Filter.1.Value.%d=aaaaaaaaaaaaaaaa") },
		"many filters":           func(n int) string { return repeat(n, "&Filter.%d.Value.1=aaaaaaaaaaaaaaaa") },
		"unknown members":        func(n int) string { return repeat(n, "&a%d=aaaaaaaaaaaaaaaaaaaaaaaaa") },
		"a long value":           func(n int) string { return "NextToken=" + strings.Repeat("a", n) },
		"a long value of %":      func(n int) string { return "NextToken=" + strings.Repeat("%41", n/3) },
		"signs that XML escapes": func(n int) string { return "Filter.1.Name=" + strings.Repeat("'", n) },
		"ids":                    func(n int) string { return repeat(n, "&ImageId.%d=ami-0123456789abcdef0") },
		"far numbers":            func(n int) string { return repeat(n, "&Filter.1.Value.10000%d0000=aaaaaaaa") },
	} {
		small, large := cost(form(32<<10)), cost(form(128<<10))
		if large > 6*small || large > 80*(128<<10) {
			t.Errorf("%s: %d bytes for 32 KiB, %d for 128 KiB", name, small, large)
		}
	}
}

// TestBodiesCostWhatTheyWeigh is the same for JSON.
func TestBodiesCostWhatTheyWeigh(t *testing.T) {
	handler := wire.RESTJSON[imagebuilder.Service](imagebuilder.Unimplemented{}, imagebuilder.Operations, imagebuilder.Shapes)
	cost := func(body string) int {
		return allocated(func() {
			handler.Serve(httptest.NewRequest("PUT", "/CreateDistributionConfiguration", nil), []byte(body), region, "id")
		})
	}
	cost("{}")
	distributions := func(inner string) string { return `{"name":"abc","clientToken":"t","distributions":[` + inner + `]}` }
	for name, body := range map[string]func(n int) string{
		"objects":     func(n int) string { return `{"a":[` + strings.Repeat("{},", n/3) + `{}]}` },
		"numbers":     func(n int) string { return `{"a":[` + strings.Repeat("1,", n/2) + `1]}` },
		"depth":       func(n int) string { return `{"a":` + strings.Repeat("[", n) },
		"a long name": func(n int) string { return `{"` + strings.Repeat("a", n) + `":1}` },
		"a long text": func(n int) string { return `{"name":"` + strings.Repeat("a", n) + `"}` },
		"a long key": func(n int) string {
			return distributions(`{"region":"r","amiDistributionConfiguration":{"amiTags":{"` + strings.Repeat("a", n) + `":"v"}}}`)
		},
		"entries": func(n int) string { return distributions(strings.Repeat(`{"region":"us-east-1"},`, n/23) + `{}`) },
		"ids": func(n int) string {
			return distributions(`{"region":"r","amiDistributionConfiguration":{"targetAccountIds":[` + strings.Repeat(`"123456789012",`, n/15) + `1]}}`)
		},
		"a long ARN": func(n int) string {
			return distributions(`{"region":"r","licenseConfigurationArns":["arn:aws` + strings.Repeat("a", n) + `"]}`)
		},
		"a long number":   func(n int) string { return `{"updateAt":` + strings.Repeat("1", n) + `}` },
		"escapes of text": func(n int) string { return `{"name":"` + strings.Repeat(`\u0041`, n/6) + `"}` },
	} {
		small, large := cost(body(32<<10)), cost(body(128<<10))
		if large > 6*small+1<<16 || large > 80*(128<<10) {
			t.Errorf("%s: %d bytes for 32 KiB, %d for 128 KiB", name, small, large)
		}
	}
}

// TestBodiesAreBounded refuses a JSON text that would cost much more than it weighs.
func TestBodiesAreBounded(t *testing.T) {
	for body, message := range map[string]string{
		`{"a":[` + strings.Repeat("{},", 60000) + `{}]}`:            "more than 50000 values",
		`{"a":` + strings.Repeat("[", 100):                          "more than 64 objects and lists in each other",
		`{"a":"` + strings.Repeat("[{,", 60000) + `\"[[[","b":tru}`: "literal true",
		`{"a":"` + strings.Repeat(`\\`, 1000) + `","b":tru}`:        "literal true",
		`{"a":` + strings.Repeat("[", 60) + strings.Repeat("]", 60): "unexpected EOF",
		"[" + strings.Repeat("]", 100):                              "it is of type array",
	} {
		a := none.Serve(httptest.NewRequest("POST", "/ListComponents", nil), []byte(body), region, "id")
		if a.Status != 400 || !strings.Contains(string(a.Body), message) || len(a.Body) > 200 {
			t.Errorf("%.30s: %d %.200s", body, a.Status, a.Body)
		}
	}
	a := wire.EC2[ec2.Service](echo{}, ec2.Operations, ec2.Shapes, ec2.Namespace).Serve(httptest.NewRequest("POST", "/", nil), []byte("Action=DescribeImages"+strings.Repeat("&a=b", 10000)), region, "id")
	if a.Code != "MalformedQueryString" || !strings.Contains(string(a.Body), "more than 10000 parameters") {
		t.Errorf("many parameters: %d %s", a.Status, a.Body)
	}
}

// TestMessagesAreBounded keeps a client from having all that it sent sent back.
func TestMessagesAreBounded(t *testing.T) {
	a := none.Serve(httptest.NewRequest("POST", "/"+strings.Repeat("%41", 20000), nil), nil, region, "id")
	if a.Status != 404 || len(a.Body) > 5000 {
		t.Errorf("%d with %d bytes", a.Status, len(a.Body))
	}
	body := `{"tags":{"` + strings.Repeat("ü", 100000) + `":1},"resourceArn":"a"}`
	a = none.Serve(httptest.NewRequest("POST", "/tags/arn", nil), []byte(body), region, "id")
	if a.Status != 400 || len(a.Body) > 5000 || !strings.Contains(string(a.Body), "…") {
		t.Errorf("%d with %d bytes", a.Status, len(a.Body))
	}
}
