// Package apitest runs the AWS API on a loopback port, for tests that call it with
// real clients.
package apitest

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"ingot/internal/api"
	"ingot/internal/api/sigv4"
)

// The key of the test server.
const (
	AccessKey = "AKIAINGOTTEST0000001"
	Secret    = "test/secret+key"
	Account   = "123456789012"
	Region    = "us-east-1"
	UserARN   = "arn:aws:iam::123456789012:user/tester"
	UserID    = "AIDAINGOTTEST"
)

// Keys is a set of keys in memory.
type Keys map[string]sigv4.Key

// Key implements [sigv4.Keys].
func (k Keys) Key(_ context.Context, id string) (sigv4.Key, bool, error) {
	key, ok := k[id]
	return key, ok, nil
}

// OneKey returns the key that is in [Env].
func OneKey() Keys {
	return Keys{AccessKey: {Secret: Secret, Account: Account, ARN: UserARN, UserID: UserID}}
}

// Log collects what the server logs.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Start runs a server until the test ends. If the configuration has no keys, it knows
// [OneKey].
func Start(t testing.TB, c api.Config) (endpoint string, log *Log) {
	t.Helper()
	log = &Log{}
	c.Logger = slog.New(slog.NewTextHandler(log, nil))
	if c.Keys == nil {
		c.Keys = OneKey()
	}
	s := httptest.NewServer(api.New(c))
	t.Cleanup(s.Close)
	return s.URL, log
}

// Env returns the environment with which a client calls the server, without variables
// that would lead it elsewhere.
func Env(endpoint string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_ACCESS_KEY_ID=" + AccessKey, "AWS_SECRET_ACCESS_KEY=" + Secret,
		"AWS_REGION=" + Region, "AWS_DEFAULT_REGION=" + Region, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_PAGER=",
	}
}
