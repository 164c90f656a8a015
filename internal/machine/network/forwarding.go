package network

import (
	"errors"
	"os"
	"strings"
)

const (
	forwarding = "/proc/sys/net/ipv4/ip_forward"
	// remembered has the value of forwarding from before, while machines have networks.
	remembered = "/run/ingot-ip_forward"
)

func openForwarding() error {
	was, err := os.ReadFile(forwarding)
	if err != nil || strings.TrimSpace(string(was)) == "1" {
		return err
	}
	if err := os.WriteFile(remembered, was, 0o600); err != nil {
		return err
	}
	return os.WriteFile(forwarding, []byte("1"), 0)
}

// closeForwarding restores forwarding.
func closeForwarding() error {
	was, err := os.ReadFile(remembered)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(forwarding, was, 0), os.Remove(remembered))
}
