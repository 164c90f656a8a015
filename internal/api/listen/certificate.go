package listen

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Certificate is a certificate for TLS that is read again when one of its files has
// changed.
type Certificate struct {
	file, key string
	logger    *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	read [2]version
}

// version tells a file from what it was.
type version struct {
	changed time.Time
	size    int64
}

// LoadCertificate reads a certificate and its key from PEM files.
func LoadCertificate(file, key string, logger *slog.Logger) (*Certificate, error) {
	c := &Certificate{file: file, key: key, logger: logger}
	return c, c.load()
}

// load reads the files, if they are not those that were read last.
func (c *Certificate) load() error {
	now, err := c.versions()
	if err != nil || now == c.read {
		return err
	}
	c.read = now
	pair, err := tls.LoadX509KeyPair(c.file, c.key)
	if err != nil {
		return fmt.Errorf("reading the certificate %s and the key %s: %w", c.file, c.key, err)
	}
	c.pair = &pair
	return nil
}

func (c *Certificate) versions() (v [2]version, err error) {
	for i, name := range []string{c.file, c.key} {
		info, err := os.Stat(name)
		if err != nil {
			return v, fmt.Errorf("reading the certificate: %w", err)
		}
		v[i] = version{info.ModTime(), info.Size()}
	}
	return v, nil
}

// current gives the newest certificate. Files that cannot be read, which may be half
// of a change, leave the last one.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.load(); err != nil {
		c.logger.Warn("the certificate stays as it was", "fault", err)
	}
	return c.pair
}

// config is that of a server which speaks what is safe today.
func (c *Certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	}
}
