package folder_test

import (
	"os"
	"path/filepath"
	"testing"

	"ingot/internal/machine"
	"ingot/internal/machine/folder"
)

func TestExit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "exit")
	if exit, err := folder.Exit(path, "nobody said"); err != nil || exit.Kind != machine.Killed || exit.Detail != "nobody said" {
		t.Errorf("without a file: %+v, %v", exit, err)
	}
	if err := folder.Save(path, machine.Exit{Kind: machine.PoweredOff, Detail: "off"}); err != nil {
		t.Fatal(err)
	}
	if exit, err := folder.Exit(path, "nobody said"); err != nil || exit.Kind != machine.PoweredOff {
		t.Errorf("with a file: %+v, %v", exit, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Exit(path, ""); err == nil {
		t.Error("half a file was read")
	}
}
