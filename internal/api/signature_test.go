package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"ingot/internal/api"
	"ingot/internal/api/apitest"
	"ingot/internal/api/sigv4"
)

// letter is a request that a test signs and then spoils.
type letter struct {
	method, path, body, service, key, secret, token string
	age                                             time.Duration
	spoil                                           func(r *http.Request)
}

func plain() letter {
	return letter{method: "POST", path: "/ListComponents", body: "{}", service: "imagebuilder", key: apitest.AccessKey, secret: apitest.Secret}
}

// send signs a letter and returns status, code and message of the answer.
func (l letter) send(t *testing.T, endpoint string) (int, string, string) {
	t.Helper()
	r, err := http.NewRequest(l.method, endpoint+l.path, strings.NewReader(l.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	hash := sha256.Sum256([]byte(l.body))
	who := aws.Credentials{AccessKeyID: l.key, SecretAccessKey: l.secret, SessionToken: l.token}
	if err := v4.NewSigner().SignHTTP(context.Background(), who, r, hex.EncodeToString(hash[:]), l.service, apitest.Region, time.Now().Add(-l.age)); err != nil {
		t.Fatal(err)
	}
	if l.spoil != nil {
		l.spoil(r)
	}
	return do(t, r)
}

func do(t *testing.T, r *http.Request) (int, string, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var fault struct{ Message string }
	if err := json.Unmarshal(text, &fault); err != nil {
		fault.Message = string(text)
	}
	if resp.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("the answer to %s has no request id", r.URL)
	}
	return resp.StatusCode, resp.Header.Get("X-Amzn-Errortype"), fault.Message
}

func TestSignatures(t *testing.T) {
	keys := apitest.OneKey()
	keys["ASIASESSION"] = sigv4.Key{Secret: "s", Account: "1", Token: "token", Expires: time.Now().Add(time.Hour)}
	keys["ASIAEXPIRED"] = sigv4.Key{Secret: "s", Account: "1", Token: "token", Expires: time.Now().Add(-time.Hour)}
	endpoint, _ := apitest.Start(t, api.Config{ImageBuilder: apitest.NewImageBuilder(), Keys: keys})
	for name, c := range map[string]struct {
		change  func(l *letter)
		status  int
		code    string
		message string // a part of it
	}{
		"right":           {func(*letter) {}, 200, "", ""},
		"4 minutes old":   {func(l *letter) { l.age = 4 * time.Minute }, 200, "", ""},
		"session":         {func(l *letter) { l.key, l.secret, l.token = "ASIASESSION", "s", "token" }, 200, "", ""},
		"hashed":          {spoil(func(*http.Request) {}), 200, "", ""},
		"expired session": {func(l *letter) { l.key, l.secret, l.token = "ASIAEXPIRED", "s", "token" }, 403, "ExpiredTokenException", "is expired"},
		"other token":     {func(l *letter) { l.key, l.secret, l.token = "ASIASESSION", "s", "other" }, 403, "UnrecognizedClientException", "The security token included in the request is invalid."},
		"no token":        {func(l *letter) { l.key, l.secret = "ASIASESSION", "s" }, 403, "UnrecognizedClientException", ""},
		"needless token":  {func(l *letter) { l.token = "token" }, 403, "UnrecognizedClientException", ""},
		"unknown key":     {func(l *letter) { l.key = "AKIANOBODY" }, 403, "UnrecognizedClientException", "The security token included in the request is invalid."},
		"wrong secret":    {func(l *letter) { l.secret = "wrong" }, 403, "InvalidSignatureException", "does not match the signature you provided"},
		"6 minutes old":   {func(l *letter) { l.age = 6 * time.Minute }, 403, "InvalidSignatureException", "Signature expired: "},
		"6 minutes early": {func(l *letter) { l.age = -6 * time.Minute }, 403, "InvalidSignatureException", "Signature not yet current: "},
		"other service":   {func(l *letter) { l.service = "glacier" }, 404, "UnknownOperationException", "The service 'glacier' is not served here."},
		"unsigned": {spoil(func(r *http.Request) { r.Header.Del("Authorization") }),
			403, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		"presigned": {spoil(func(r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.RawQuery = "X-Amz-Signature=abc"
		}), 400, "IncompleteSignatureException", "Presigned URLs are not supported"},
		"bearer":      {spoil(func(r *http.Request) { r.Header.Set("Authorization", "Bearer abc") }), 400, "IncompleteSignatureException", "must begin with 'AWS4-HMAC-SHA256'"},
		"no scope":    {spoil(replace("Credential=", "Other=")), 400, "IncompleteSignatureException", "requires 'Credential'"},
		"short scope": {spoil(replace("/aws4_request", "")), 400, "IncompleteSignatureException", "requires 'Credential'"},
		"no headers":  {spoil(replace("SignedHeaders=", "Other=")), 400, "IncompleteSignatureException", "requires 'SignedHeaders'"},
		"no value":    {spoil(replace("Signature=", "Other=")), 400, "IncompleteSignatureException", "requires 'Signature'"},
		"other day":   {spoil(func(r *http.Request) { replace(time.Now().UTC().Format("/20060102/"), "/20200101/")(r) }), 403, "InvalidSignatureException", "Date in Credential scope"},
		"no date":     {spoil(func(r *http.Request) { r.Header.Del("X-Amz-Date") }), 400, "IncompleteSignatureException", "requires existence of an 'X-Amz-Date' header"},
		"date only":   {spoil(func(r *http.Request) { r.Header.Set("X-Amz-Date", "2020") }), 400, "IncompleteSignatureException", "Got '2020'"},
		"more headers": {spoil(func(r *http.Request) { r.Header.Set("X-Amz-Target", "other") }),
			403, "InvalidSignatureException", "'x-amz-target' must be a 'SignedHeader'"},
		"host unsigned": {spoil(replace("host;", "")), 403, "InvalidSignatureException", "'host' must be a 'SignedHeader'"},
		"other body": {spoil(func(r *http.Request) {
			r.Body = io.NopCloser(bytes.NewReader([]byte("[]")))
			r.ContentLength = 2
		}), 403, "InvalidSignatureException", ""},
		"other path":  {spoil(func(r *http.Request) { r.URL.Path = "/ListImages" }), 403, "InvalidSignatureException", ""},
		"other query": {spoil(func(r *http.Request) { r.URL.RawQuery = "a=b" }), 403, "InvalidSignatureException", ""},
		"huge body":   {func(l *letter) { l.body = `{"owner":"` + strings.Repeat("x", 2<<20) + `"}` }, 413, "RequestEntityTooLargeException", "larger than 1048576 bytes"},
	} {
		l := plain()
		c.change(&l)
		status, code, message := l.send(t, endpoint)
		if status != c.status || code != c.code || !strings.Contains(message, c.message) {
			t.Errorf("%s: %d %s: %.300s", name, status, code, message)
		}
	}
}

func spoil(f func(r *http.Request)) func(*letter) { return func(l *letter) { l.spoil = f } }

func replace(old, with string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
	}
}

// TestPayloadHash sends the header of the hash, which clients may.
func TestPayloadHash(t *testing.T) {
	endpoint, _ := apitest.Start(t, api.Config{ImageBuilder: apitest.NewImageBuilder()})
	right := sha256.Sum256([]byte("{}"))
	for _, c := range []struct{ hash, code string }{
		{hex.EncodeToString(right[:]), ""},
		{"UNSIGNED-PAYLOAD", "InvalidSignatureException"},
		{strings.Repeat("0", 64), "InvalidSignatureException"},
		{"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "InvalidSignatureException"},
	} {
		r, err := http.NewRequest("POST", endpoint+"/ListComponents", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Content-Sha256", c.hash)
		who := aws.Credentials{AccessKeyID: apitest.AccessKey, SecretAccessKey: apitest.Secret}
		if err := v4.NewSigner().SignHTTP(context.Background(), who, r, c.hash, "imagebuilder", apitest.Region, time.Now()); err != nil {
			t.Fatal(err)
		}
		if status, code, message := do(t, r); code != c.code {
			t.Errorf("%s: %d %s: %s", c.hash, status, code, message)
		}
	}
}

// TestPathsAndQueries compares the canonical request with that of the SDK's signer.
func TestPathsAndQueries(t *testing.T) {
	endpoint, _ := apitest.Start(t, api.Config{ImageBuilder: apitest.NewImageBuilder()})
	arn := "arn%3Aaws%3Aimagebuilder%3Aus-east-1%3A123456789012%3Acomponent%2Fweb%2F1.0.0%2F1"
	for path, want := range map[string]string{
		"/tags/" + arn: "",
		"/tags/" + arn + "?tagKeys=b%20c&tagKeys=a&tagKeys=%2B": "",
		"/tags/a%20b~c": "InvalidParameterException",
		"/":             "UnknownOperationException",
		"/a//b/../c":    "UnknownOperationException",
		"/GetImage?imageBuildVersionArn=a+b&x&y=": "InvalidParameterValueException",
	} {
		l := plain()
		l.method, l.path, l.body = "GET", path, ""
		if status, code, message := l.send(t, endpoint); code != want {
			t.Errorf("%s: %d %s: %s", path, status, code, message)
		}
	}
}
