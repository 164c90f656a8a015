package sigv4_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ingot/internal/api/sigv4"
)

// oneKey is that of AWS's published examples.
type oneKey struct{}

func (oneKey) Key(_ context.Context, id string) (sigv4.Key, bool, error) {
	return sigv4.Key{Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Account: "123456789012"}, id == "AKIDEXAMPLE", nil
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
		if key, err := sigv4.Verify(r, a, nil, oneKey{}, now); err != nil || key.Account != "123456789012" {
			t.Errorf("%s: %v, %v", target, key, err)
		}
	}
}

// FuzzParse reads any header: what it accepts has all parts.
func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79")
	f.Add("AWS4-HMAC-SHA256 Credential=A/B/C/D/aws4_request,SignedHeaders=;;,Signature=")
	f.Add("AWS4-HMAC-SHA256 Signature=a=b, Credential, SignedHeaders=ü")
	f.Add("Basic abc")
	f.Fuzz(func(t *testing.T, header string) {
		a, err := sigv4.Parse(header)
		if err != nil {
			return
		}
		if a.AccessKey == "" || a.Service == "" || a.Signature == "" || len(a.SignedHeaders) == 0 || strings.Contains(a.Region, "/") {
			t.Errorf("%q: %+v", header, a)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if _, err := sigv4.Verify(r, a, nil, oneKey{}, time.Now()); err == nil {
			t.Errorf("%q was accepted", header)
		}
	})
}
