// Package sigv4 checks AWS Signature Version 4 on requests, in the form with an
// Authorization header.
//
// Terms:
//
//   - scope: date, region and service that a signature is made for.
//   - canonical request: the text of a request that both sides sign.
package sigv4

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"ingot"
)

// The codes of requests whose sender is not known.
const (
	MissingAuthenticationToken ingot.Code = "MissingAuthenticationTokenException"
	IncompleteSignature        ingot.Code = "IncompleteSignatureException"
	UnrecognizedClient         ingot.Code = "UnrecognizedClientException"
	InvalidSignature           ingot.Code = "InvalidSignatureException"
	ExpiredToken               ingot.Code = "ExpiredTokenException"
)

// Tolerance is how far the clocks of client and server may be apart.
const Tolerance = 5 * time.Minute

// Key is the secret behind an access key, and whose it is.
type Key struct {
	Secret  string
	Account string
	ARN     string // of the user
	UserID  string

	Token   string    // of a session; empty for a lasting key
	Expires time.Time // of a session
}

// Keys finds the key of an id; false when there is none.
type Keys interface {
	Key(ctx context.Context, id string) (Key, bool, error)
}

// Verify checks that the request was signed by the key that its Authorization
// names, over the body received, at about the time now.
func Verify(r *http.Request, a Authorization, body []byte, keys Keys, now time.Time) (Key, error) {
	key, ok, err := keys.Key(r.Context(), a.AccessKey)
	if err != nil {
		return Key{}, err
	}
	if token := r.Header.Get("X-Amz-Security-Token"); !ok || !hmac.Equal([]byte(token), []byte(key.Token)) {
		return Key{}, ingot.Errorf(UnrecognizedClient, "The security token included in the request is invalid.")
	}
	if key.Token != "" && now.After(key.Expires) {
		return Key{}, ingot.Errorf(ExpiredToken, "The security token included in the request is expired")
	}
	return key, check(r, a, body, key.Secret, now)
}

func check(r *http.Request, a Authorization, body []byte, secret string, now time.Time) error {
	stamp, err := signingTime(r, a, now)
	if err != nil {
		return err
	}
	if err := coversAll(r, a.SignedHeaders); err != nil {
		return err
	}
	payload, err := payloadHash(r, body)
	if err != nil {
		return err
	}
	text := strings.Join([]string{algorithm, stamp, a.scope(), hexSHA256([]byte(canonical(r, a, payload)))}, "\n")
	if want := signature(secret, a, text); !hmac.Equal([]byte(want), []byte(a.Signature)) {
		return invalid("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.")
	}
	return nil
}

const basicFormat = "20060102T150405Z"

// signingTime gives the stamp of the request, which must be near now and on the
// day of the scope.
func signingTime(r *http.Request, a Authorization, now time.Time) (string, error) {
	stamp := r.Header.Get("X-Amz-Date")
	t, err := time.Parse(basicFormat, stamp)
	if err != nil {
		return "", incomplete("Authorization header requires existence of an 'X-Amz-Date' header of the form %s. Got '%s'.", basicFormat, stamp)
	}
	now = now.UTC().Truncate(time.Second)
	early, late := now.Add(-Tolerance), now.Add(Tolerance)
	switch {
	case t.Before(early):
		return "", invalid("Signature expired: %s is now earlier than %s (%s - 5 min.)", stamp, early.Format(basicFormat), now.Format(basicFormat))
	case t.After(late):
		return "", invalid("Signature not yet current: %s is still later than %s (%s + 5 min.)", stamp, late.Format(basicFormat), now.Format(basicFormat))
	case a.Date != stamp[:len("20060102")]:
		return "", invalid("Date in Credential scope does not match the day of 'X-Amz-Date': '%s' is not the day of '%s'.", a.Date, stamp)
	}
	return stamp, nil
}

// coversAll requires that nothing the server acts upon was left unsigned.
func coversAll(r *http.Request, signed []string) error {
	must := []string{"host"}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") {
			must = append(must, name)
		}
	}
	slices.Sort(must)
	for _, name := range must {
		if !slices.Contains(signed, name) {
			return invalid("'%s' must be a 'SignedHeader' in the AWS Authorization header.", name)
		}
	}
	return nil
}

// payloadHash is the hash that was signed: of the body, which the header of the
// hash must match when there is one.
func payloadHash(r *http.Request, body []byte) (string, error) {
	switch given, hash := r.Header.Get("X-Amz-Content-Sha256"), hexSHA256(body); given {
	case "", hash:
		return hash, nil
	case "UNSIGNED-PAYLOAD":
		return given, nil
	default:
		return "", invalid("The value of the header 'X-Amz-Content-Sha256' is not the hash of the body received.")
	}
}

func signature(secret string, a Authorization, text string) string {
	key := []byte("AWS4" + secret)
	for _, part := range strings.Split(a.scope(), "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func invalid(format string, args ...any) *ingot.Error {
	return ingot.Errorf(InvalidSignature, format, args...)
}
