package sigv4_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"ingot"
	"ingot/internal/api/sigv4"
)

// oneKey is that of AWS's published examples.
type oneKey struct{}

func (oneKey) Key(_ context.Context, id string) (sigv4.Key, bool, error) {
	return sigv4.Key{Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Account: "123456789012"}, id == "AKIDEXAMPLE", nil
}

// verify checks a request without a body.
func verify(r *http.Request, a sigv4.Authorization, now time.Time) (*sigv4.Check, error) {
	c, err := sigv4.Begin(r, a, oneKey{}, now)
	if err != nil {
		return nil, err
	}
	return c, c.End(sigv4.Hash(nil))
}

// TestPublishedExamples checks signatures of AWS's test suite for version 4.
func TestPublishedExamples(t *testing.T) {
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for target, signature := range map[string]string{
		"/":                             "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		"/?Param2=value2&Param1=value1": "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
	} {
		r := httptest.NewRequest(http.MethodGet, target, nil)
		r.Host = "example.amazonaws.com"
		r.Header.Set("X-Amz-Date", "20150830T123600Z")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="+signature)
		a, err := sigv4.Read(r)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := verify(r, a, now); err != nil || c.Key.Account != "123456789012" {
			t.Errorf("%s: %v, %v", target, c, err)
		}
	}
}

// FuzzParse reads any header: what it accepts has all parts.
func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79")
	f.Add("AWS4-HMAC-SHA256 Credential=A/B/C/D/aws4_request,SignedHeaders=;;,Signature=")
	f.Add("AWS4-HMAC-SHA256 Signature=a=b, Credential, SignedHeaders=ü")
	f.Add("Basic abc")
	f.Add("AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws4_request, SignedHeaders=host;host;Host, Signature=0")
	f.Add("AWS4-HMAC-SHA256 Credential=A/B/C/D/aws4_request, Credential=E/F/G/H/aws4_request,,,, SignedHeaders=a;b, Signature=0, Signature=1")
	f.Fuzz(func(t *testing.T, header string) {
		a, err := sigv4.Parse(header)
		if err != nil {
			return
		}
		if a.AccessKey == "" || a.Service == "" || a.Signature == "" || len(a.SignedHeaders) == 0 || strings.Contains(a.Region, "/") {
			t.Errorf("%q: %+v", header, a)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if _, err := verify(r, a, time.Now()); err == nil {
			t.Errorf("%q was accepted", header)
		}
	})
}

// authorization is a header of the right form that names the given headers.
func authorization(signed ...string) string {
	return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" + strings.Join(signed, ";") + ", Signature=00"
}

// TestHeadersAreBounded refuses what would cost much before anybody is known.
func TestHeadersAreBounded(t *testing.T) {
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprintf("x-%d", i)
	}
	for name, header := range map[string]string{
		"a long header":  authorization("host", strings.Repeat("x", 9000)),
		"many headers":   authorization(many...),
		"one often":      authorization("host", "x-large", "x-large"),
		"a long key":     strings.Replace(authorization("host"), "AKIDEXAMPLE", strings.Repeat("A", 129), 1),
		"a long service": strings.Replace(authorization("host"), "/service/", "/"+strings.Repeat("s", 129)+"/", 1),
	} {
		if a, err := sigv4.Parse(header); ingot.CodeOf(err) != sigv4.IncompleteSignature || len(err.Error()) > 300 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	if _, err := sigv4.Parse(authorization(many[1:]...)); err != nil {
		t.Errorf("100 headers: %v", err)
	}
}

// TestCostGrowsWithTheRequest checks requests with more and more headers, and longer
// ones: what is allocated for them grows as they do.
func TestCostGrowsWithTheRequest(t *testing.T) {
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for name, make := range map[string]func(n int) *http.Request{
		"headers": func(n int) *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			for i := range n {
				r.Header.Set(fmt.Sprintf("X-Amz-%d", i), "v")
			}
			return r
		},
		"values of a header": func(n int) *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			for range n {
				r.Header.Add("X-Large", "some text  with spaces")
			}
			return r
		},
		"a long value": func(n int) *http.Request { return large("X-Large", strings.Repeat("a ", 8*n)) },
		"parameters": func(n int) *http.Request {
			return httptest.NewRequest(http.MethodPost, "/?"+strings.Repeat("a=b&", n), nil)
		},
		"a long parameter": func(n int) *http.Request {
			return httptest.NewRequest(http.MethodPost, "/?"+strings.Repeat("%2f", 8*n), nil)
		},
		"a long path": func(n int) *http.Request {
			return httptest.NewRequest(http.MethodPost, "/"+strings.Repeat("%2f", 8*n), nil)
		},
		"unlike bytes of one": func(n int) *http.Request {
			return httptest.NewRequest(http.MethodPost, "/"+strings.Repeat("/", 8*n), nil)
		},
	} {
		cost := func(n int) uint64 {
			r := make(n)
			r.Header.Set("X-Amz-Date", "20150830T123600Z")
			a, err := sigv4.Parse(authorization("host", "x-amz-date", "x-large"))
			if err != nil {
				t.Fatal(err)
			}
			return allocated(func() {
				if _, err := verify(r, a, now); err == nil {
					t.Error("a signature of zeros is right")
				}
			})
		}
		cost(1)
		if small, large := cost(500), cost(2000); large > 6*small+1<<14 {
			t.Errorf("%s: %d bytes for 500, %d for 2000", name, small, large)
		}
	}
}

func large(name, value string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set(name, value)
	return r
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBodyCanBeJudgedEarly by a client's own hash of it, and never without it.
func TestBodyCanBeJudgedEarly(t *testing.T) {
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for _, c := range []struct {
		given, code string
		signed      bool
	}{
		{"", "", false},
		{sigv4.Hash([]byte("body")), string(sigv4.InvalidSignature), false}, // the signature is not over it
		{"UNSIGNED-PAYLOAD", string(sigv4.InvalidSignature), false},
		{"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", string(sigv4.InvalidSignature), false},
		{"STREAMING-UNSIGNED-PAYLOAD-TRAILER", string(sigv4.InvalidSignature), false},
		{strings.Repeat("A", 64), string(sigv4.InvalidSignature), false},
	} {
		r := large("X-Amz-Date", "20150830T123600Z")
		if c.given != "" {
			r.Header.Set("X-Amz-Content-Sha256", c.given)
		}
		a, err := sigv4.Parse(authorization("host", "x-amz-content-sha256", "x-amz-date"))
		if err != nil {
			t.Fatal(err)
		}
		check, err := sigv4.Begin(r, a, oneKey{}, now)
		if e, ok := errors.AsType[*ingot.Error](err); (c.code == "") != (err == nil) || (ok && string(e.Code) != c.code) {
			t.Errorf("%s: %v", c.given, err)
		}
		if err == nil && check.Signed() != c.signed {
			t.Errorf("%s: signed is %t", c.given, check.Signed())
		}
	}
}
