// Package sigv4 checks AWS Signature Version 4 on requests, in the form with an
// Authorization header. The words are those of its documentation: scope, canonical
// request, string to sign.
package sigv4

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"ingot"
)

// Codes for requests whose sender is not known.
const (
	MissingAuthenticationToken ingot.Code = "MissingAuthenticationTokenException"
	IncompleteSignature        ingot.Code = "IncompleteSignatureException"
	UnrecognizedClient         ingot.Code = "UnrecognizedClientException"
	InvalidSignature           ingot.Code = "InvalidSignatureException"
	ExpiredToken               ingot.Code = "ExpiredTokenException"
)

// Tolerance is how far the clocks of client and server may differ.
const Tolerance = 5 * time.Minute

// Key is the secret of an access key, and whose it is.
type Key struct {
	Secret  string
	Account string
	ARN     string // of the user
	UserID  string

	Token   string    // of a session; empty for a permanent key
	Expires time.Time // of a session
}

// Keys finds the key with an id; it reports false when there is none.
type Keys interface {
	Key(ctx context.Context, id string) (Key, bool, error)
}

// Check is the signature of a request whose headers were checked. The check of the body
// may still follow.
type Check struct {
	Key    Key
	r      *http.Request
	auth   Authorization
	stamp  string
	signed bool // the signature is right, over the hash that the client sent
}

// Begin checks all that can be checked before the body is read: that the key exists,
// that the time is near now, and that nothing was left unsigned. If the client sent the
// hash of the body, it checks the signature too.
func Begin(r *http.Request, a Authorization, keys Keys, now time.Time) (*Check, error) {
	key, ok, err := keys.Key(r.Context(), a.AccessKey)
	if err != nil {
		return nil, err
	}
	if token := r.Header.Get("X-Amz-Security-Token"); !ok || !hmac.Equal([]byte(token), []byte(key.Token)) {
		return nil, ingot.Errorf(UnrecognizedClient, "The security token included in the request is invalid.")
	}
	if key.Token != "" && now.After(key.Expires) {
		return nil, ingot.Errorf(ExpiredToken, "The security token included in the request is expired")
	}
	c := &Check{Key: key, r: r, auth: a}
	if c.stamp, err = signingTime(r, a, now); err != nil {
		return nil, err
	}
	if err := coversAll(r, a.SignedHeaders); err != nil {
		return nil, err
	}
	return c, c.begin()
}

// begin checks the hash that the client sent, and the signature over it.
func (c *Check) begin() error {
	given := c.given()
	switch {
	case given == "":
		return nil
	case given == unsignedPayload && c.auth.Service != blockService:
		return ingot.Errorf(InvalidSignature, "%s A body that is not signed is for S3 alone: sign its hash.", mismatch)
	case given != unsignedPayload && !hashForm.MatchString(given):
		return wrongHash()
	}
	if err := c.compare(given); err != nil {
		return err
	}
	c.signed = true
	return nil
}

// Signed reports whether the signature is known to be right before the body is read.
func (c *Check) Signed() bool { return c.signed }

// End checks the rest against the hash of the received body, in hex.
func (c *Check) End(hash string) error {
	switch {
	case !c.signed:
		return c.compare(hash)
	case c.given() == unsignedPayload:
		return nil
	case c.given() != hash:
		return wrongHash()
	}
	return nil
}

const unsignedPayload = "UNSIGNED-PAYLOAD"

// blockService is the only service beside S3 whose clients do not sign the body: a
// block of a disk comes with a checksum in a header. The checksum is not checked here;
// an implementation of PutSnapshotBlock must check that it is signed and right.
const blockService = "ebs"

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (c *Check) given() string { return c.r.Header.Get("X-Amz-Content-Sha256") }

func wrongHash() error {
	return invalid("The value of the header 'X-Amz-Content-Sha256' is not the hash of the body received.")
}

const mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."

// compare compares the signature with that of the same request with a hash.
func (c *Check) compare(hash string) error {
	text := strings.Join([]string{algorithm, c.stamp, c.auth.scope(), Hash([]byte(canonical(c.r, c.auth, hash)))}, "\n")
	if want := signature(c.Key.Secret, c.auth, text); !hmac.Equal([]byte(want), []byte(c.auth.Signature)) {
		return invalid(mismatch)
	}
	return nil
}

const basicFormat = "20060102T150405Z"

// signingTime returns the time stamp of the request, which must be near now and on the
// day of the scope.
func signingTime(r *http.Request, a Authorization, now time.Time) (string, error) {
	stamp := r.Header.Get("X-Amz-Date")
	t, err := time.Parse(basicFormat, stamp)
	if err != nil {
		return "", incomplete("Authorization header requires existence of an 'X-Amz-Date' header of the form %s. Got '%.32s'.", basicFormat, stamp)
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

// coversAll checks that everything the server acts upon is signed.
func coversAll(r *http.Request, signed []string) error {
	covered := make(map[string]bool, len(signed))
	for _, name := range signed {
		covered[name] = true
	}
	must := []string{"host"}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") {
			must = append(must, name)
		}
	}
	slices.Sort(must)
	for _, name := range must {
		if !covered[name] {
			return invalid("'%.100s' must be a 'SignedHeader' in the AWS Authorization header.", name)
		}
	}
	return nil
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

// Hash returns the SHA-256 of b in hex.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func invalid(format string, args ...any) *ingot.Error {
	return ingot.Errorf(InvalidSignature, format, args...)
}
