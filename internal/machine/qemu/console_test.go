package qemu_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/machine/qemu"
)

func TestLastScreen(t *testing.T) {
	long := strings.Repeat("one more line\r\n", 100)
	for name, c := range map[string]struct{ console, want string }{
		"nothing":       {"", ""},
		"plain":         {"SeaBIOS\r\n\r\nBooting from Hard Disk...\r\n", "SeaBIOS\nBooting from Hard Disk..."},
		"colours":       {"[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39mcron\x1b[0m.\r\n", "[  OK  ] Started cron."},
		"cleared":       {"old\r\n\x1b[2J\x1b[01;01Hnew\r\n", "new"},
		"just cleared":  {"the last words\r\n\x1b[2J", "the last words"},
		"written over":  {"1%\r50%\r100%\r\n", "100%"},
		"cursor":        {"\x1b[05;10Hone\x1b[06;10Htwo", "one\ntwo"},
		"a title":       {"\x1b]0;title\x07text\r\n", "text"},
		"bytes":         {"a\x00b\x08\xffc\r\n", "ab?c"},
		"only the last": {long, strings.TrimSuffix(strings.Repeat("one more line\n", 25), "\n")},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "console.log")
			if err := os.WriteFile(file, []byte(c.console), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := qemu.LastScreen(file); got != c.want {
				t.Errorf("LastScreen(%q) = %q, want %q", c.console, got, c.want)
			}
		})
	}
	if got := qemu.LastScreen(filepath.Join(t.TempDir(), "none")); got != "" {
		t.Errorf("LastScreen without a file = %q", got)
	}
}
