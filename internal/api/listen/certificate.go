package listen

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Certificate is a TLS certificate that is read again when one of its files changes.
type Certificate struct {
	file, key string
	logger    *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	read [2]version
}

// version tells whether a file has changed.
type version struct {
	changed time.Time
	size    int64
}

// LoadCertificate reads a certificate and its key from PEM files.
func LoadCertificate(file, key string, logger *slog.Logger) (*Certificate, error) {
	c := &Certificate{file: file, key: key, logger: logger}
	return c, c.load()
}

// load reads the files if they have changed since they were last read.
func (c *Certificate) load() error {
	now, err := c.versions()
	if err != nil || now == c.read {
		return err
	}
	c.read = now
	pair, err := c.pairOfFiles()
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

func (c *Certificate) pairOfFiles() (tls.Certificate, error) {
	certificate, err := readPEM(c.file)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := readPEM(c.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(certificate, key)
}

// maxPEM is far more than a chain of certificates has, in bytes.
const maxPEM = 1 << 20

// readPEM reads a regular file. A FIFO or a device is refused: reading it could wait
// for ever, and every handshake with it.
func readPEM(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return io.ReadAll(io.LimitReader(f, maxPEM))
}

// current returns the newest certificate. If the files cannot be read, perhaps in the
// middle of a change, it returns the last one.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.load(); err != nil {
		c.logger.Warn("the certificate stays as it was", "fault", err)
	}
	return c.pair
}

// config returns the TLS settings of a server.
func (c *Certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	}
}
