package listen_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/api/apitest"
	"ingot/internal/api/listen"
)

// serve runs a server with a handler until the test ends.
func serve(t *testing.T, c listen.Config) (address string, log *apitest.Log) {
	t.Helper()
	log = &apitest.Log{}
	c.Logger = slog.New(slog.NewTextHandler(log, nil))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- listen.Serve(ctx, l, c) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), log
}

var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// secure runs a server with TLS.
func secure(t *testing.T) (address, dir string, trust *x509.CertPool, log *apitest.Log) {
	t.Helper()
	dir = t.TempDir()
	trust = apitest.Certificate(t, dir)
	c, err := listen.LoadCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	address, log = serve(t, listen.Config{Handler: hello, Certificate: c})
	return address, dir, trust, log
}

// TestTLS speaks 1.2 and 1.3, and HTTP/1.1 alone, to clients that know more and less.
func TestTLS(t *testing.T) {
	address, _, trust, _ := secure(t)
	for name, c := range map[string]struct {
		offer *tls.Config
		want  string // of the version, or of the failure
	}{
		"1.3":                {&tls.Config{MinVersion: tls.VersionTLS13}, "TLS 1.3"},
		"1.2":                {&tls.Config{MaxVersion: tls.VersionTLS12}, "TLS 1.2"},
		"1.1":                {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "protocol version not supported"},
		"with HTTP/2":        {&tls.Config{NextProtos: []string{"h2", "http/1.1"}}, "TLS 1.3"},
		"with HTTP/2 only":   {&tls.Config{NextProtos: []string{"h2"}}, "no application protocol"},
		"with a weak cipher": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}}, "handshake failure"},
	} {
		c.offer.RootCAs = trust
		conn, err := tls.Dial("tcp", address, c.offer)
		if err != nil {
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		state := conn.ConnectionState()
		if got := tls.VersionName(state.Version); got != c.want || state.NegotiatedProtocol == "h2" {
			t.Errorf("%s: %s with %q", name, got, state.NegotiatedProtocol)
		}
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
			t.Error(err)
		}
		if text, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(text), "HTTP/1.1") {
			t.Errorf("%s: %s, %v", name, text, err)
		}
		_ = conn.Close()
	}
}

// TestWrongProtocols are answered in plain words, or with an end.
func TestWrongProtocols(t *testing.T) {
	secured, _, _, _ := secure(t)
	open, _ := serve(t, listen.Config{Handler: hello})
	for name, c := range map[string]struct{ address, text, want string }{
		"HTTP to a port with TLS":          {secured, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "Client sent an HTTP request to an HTTPS server."},
		"HTTP/2 to a port without":         {open, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Connection: close"},
		"an upgrade to HTTP/2":             {open, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", "HTTP/1.1 200 OK"},
		"a hello of TLS to a port without": {open, "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", "400 Bad Request"},
		"long headers":                     {open, "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 70<<10), "431 Request Header Fields Too Large"},
		"two lengths":                      {open, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400 Bad Request"},
		"no such encoding of transfer":     {open, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501 Not Implemented"},
	} {
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, c.text) // the server may have ended it before the last byte
		line, err := io.ReadAll(io.LimitReader(conn, 4096))
		if !strings.Contains(string(line), c.want) {
			t.Errorf("%s: %q, %v", name, line, err)
		}
		_ = conn.Close()
	}
}

// TestCertificateIsReadAgain when its files change, and kept while they do not match.
func TestCertificateIsReadAgain(t *testing.T) {
	address, dir, first, _ := secure(t)
	served := func(trust *x509.CertPool) error {
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: trust})
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	if err := served(first); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cert.pem"), []byte("half of"))
	if err := served(first); err != nil {
		t.Errorf("half of a change: %v", err)
	}
	second := apitest.Certificate(t, dir)
	if err := served(second); err != nil {
		t.Errorf("after the change: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "key.pem")); err != nil {
		t.Fatal(err)
	}
	if err := served(second); err != nil {
		t.Errorf("after the key was removed: %v", err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "key.pem"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := served(second); err != nil {
		t.Errorf("with a FIFO in the place of the key: %v", err)
	}
	if _, err := listen.LoadCertificate(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "none.pem"), nil); err == nil {
		t.Error("a server starts without a key")
	}
}

// TestEndWaitsForRequests but not for those that hang.
func TestEndWaitsForRequests(t *testing.T) {
	began, goOn := make(chan bool), make(chan bool)
	log := &apitest.Log{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- listen.Serve(ctx, l, listen.Config{End: time.Second, Logger: slog.New(slog.NewTextHandler(log, nil)), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			began <- true
			<-goOn
		})})
	}()
	hangs, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer hangs.Close()
	asks, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer asks.Close()
	if _, err := io.WriteString(asks, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-began
	stop()
	close(goOn)
	if resp, err := http.ReadResponse(bufio.NewReader(asks), nil); err != nil || resp.StatusCode != 200 {
		t.Errorf("the request under way: %v, %v", resp, err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the end: %v", err)
	}
}
