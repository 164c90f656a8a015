package service_test

import (
	"strings"
	"testing"

	"ingot/internal/service"
	"ingot/internal/store"
)

// TestRegisterRefuses names and texts that clients could not show.
func TestRegisterRefuses(t *testing.T) {
	r := newRig(t)
	for want, e := range map[string]service.Registration{
		"'name'":        {Name: "x\x1b[2J", Version: "1.0.0"},
		"version 'one'": {Name: "thing", Version: "one"},
		"'osVersion'":   {Name: "thing", Version: "1.0.0", OSVersion: "Debian\x1b]0;owned\x07"},
		"at most 128":   {Name: "thing", Version: "1.0.0", OSVersion: strings.Repeat("x", 129)},
	} {
		err := r.store.Update(r.ctx, func(tx *store.Tx) error {
			_, err := service.RegisterImportedImage(r.ctx, tx, account, region, e)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("registering %q = %v, want the words %q", e.OSVersion, err, want)
		}
	}
}
