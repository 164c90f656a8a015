package osrelease_test

import (
	"testing"

	"ingot/internal/agent/osrelease"
)

func TestParse(t *testing.T) {
	got := osrelease.Parse("# x\nPRETTY_NAME=\"Debian 12\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID='12'\nID=debian\n")
	if want := (osrelease.Release{Name: "Debian GNU/Linux", ID: "debian", Version: "12"}); got != want {
		t.Errorf("Parse = %+v, want %+v", got, want)
	}
}
