package script_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// These are files of a used machine: those that must be removed, and those that stay.
var (
	mustGo = []string{
		"etc/sudoers.d/90-cloud-init-users", "etc/locale.conf", "var/log/cloud-init.log", "var/lib/cloud/instance/boot-finished",
		"etc/.updated", "etc/aliases.db", "etc/hostname", "var/.updated", "var/cache/yum/x86_64/2/.gpgkeyschecked.yum",
		"etc/ssh/ssh_host_rsa_key", "etc/ssh/ssh_host_ed25519_key.pub", "root/.ssh/authorized_keys", "home/ann/.ssh/authorized_keys",
		"var/log/audit/audit.log", "var/log/dmesg", "work/TOE_2026/console.log", "work/TOE_state", "var/log/amazon/ssm/agent.log",
		"var/log/sa/sa01", "var/lib/dhcp/dhclient.eth0.leases", "var/tmp/with space/file", "var/tmp/.hidden", "var/lib/rsyslog/imjournal.state",
		"var/log/journal/0123456789abcdef/system.journal", "var/lib/systemd/random-seed", "var/lib/dbus/machine-id",
		"tmp/leftover/of a component", "tmp/.X11-unix/X0", "work/perform_cleanup",
	}
	mustStay = []string{
		"etc/passwd", "etc/ssh/sshd_config", "root/.ssh/config", "var/log/syslog", "work/results.txt", "var/lib/dpkg/status", "etc/machine-id",
	}
)

// inMemory is a folder in memory, where a sync is fast.
const inMemory = "/dev/shm"

// usedTree makes the tree of a machine that was used.
func usedTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if dir, err := os.MkdirTemp(inMemory, "sanitize-"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		root = dir
	}
	for _, name := range append(append([]string{}, mustGo...), mustStay...) {
		put(t, root, name, "text of "+name)
	}
	put(t, root, "etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh") // the last line may have no end
	put(t, root, "etc/machine-id", "0123456789abcdef0123456789abcdef\n")
	return root
}

func put(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sanitize(t *testing.T, root, workdir string) (string, error) {
	t.Helper()
	script, err := os.ReadFile("sanitize.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh")
	cmd.Stdin = strings.NewReader("ROOT='" + root + "'\nWORKDIR='" + workdir + "'\n" + string(script))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func there(root, name string) bool {
	_, err := os.Lstat(filepath.Join(root, name))
	return err == nil
}

func TestSanitize(t *testing.T) {
	root := usedTree(t)
	if out, err := sanitize(t, root, "/work"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range mustGo {
		if there(root, name) {
			t.Errorf("%s is left", name)
		}
	}
	for _, name := range append([]string{"tmp", "var/tmp", "var/lib/cloud", "work"}, mustStay...) {
		if !there(root, name) {
			t.Errorf("%s is gone", name)
		}
	}
	if id, err := os.ReadFile(filepath.Join(root, "etc/machine-id")); err != nil || len(id) > 0 {
		t.Errorf("machine-id is %q, %v", id, err)
	}
}

func TestSanitizeOnlyWhenAsked(t *testing.T) {
	root := usedTree(t)
	if err := os.Remove(filepath.Join(root, "work/perform_cleanup")); err != nil {
		t.Fatal(err)
	}
	out, err := sanitize(t, root, "/work")
	if err != nil || !strings.Contains(out, "nothing is cleaned") || !there(root, "etc/hostname") || !there(root, "tmp/leftover") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSanitizeSkipsSections(t *testing.T) {
	for file, stays := range map[string]string{
		"skip_cleanup_cloudinit_files":    "var/lib/cloud/instance/boot-finished",
		"skip_cleanup_instance_files":     "etc/hostname",
		"skip_cleanup_ssh_files":          "etc/ssh/ssh_host_rsa_key",
		"skip_cleanup_instance_log_files": "var/log/dmesg",
		"skip_cleanup_toe_files":          "tmp/TOE_2026/console.log",
		"skip_cleanup_ssm_log_files":      "var/log/amazon/ssm/agent.log",
		"skip_cleanup_machine_id":         "var/lib/systemd/random-seed",
	} {
		root := usedTree(t)
		for _, name := range []string{"perform_cleanup", file, "TOE_2026/console.log"} {
			put(t, root, "tmp/"+name, "")
		}
		if out, err := sanitize(t, root, "/tmp"); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
		if !there(root, stays) {
			t.Errorf("with %s, %s is gone", file, stays)
		}
		if there(root, "tmp/"+file) || there(root, "tmp/leftover") || there(root, "tmp/perform_cleanup") {
			t.Errorf("with %s, files are left in /tmp", file)
		}
	}
}

// TestSanitizeWithItsWorkInVarTmp looks for what is to be kept before that is emptied.
func TestSanitizeWithItsWorkInVarTmp(t *testing.T) {
	root := usedTree(t)
	for _, name := range []string{"perform_cleanup", "skip_cleanup_machine_id", "TOE_2026/console.log"} {
		put(t, root, "var/tmp/build/"+name, "x")
	}
	out, err := sanitize(t, root, "/var/tmp/build")
	if id, _ := os.ReadFile(filepath.Join(root, "etc/machine-id")); err != nil || len(id) == 0 || !there(root, "var/lib/systemd/random-seed") {
		t.Errorf("machine-id is %q, %v\n%s", id, err, out)
	}
	if there(root, "var/tmp/build") || there(root, "etc/hostname") {
		t.Error("it was not cleaned")
	}
}

// TestSanitizeThatCannotRemove fails and names what is left; the rest is cleaned.
func TestSanitizeThatCannotRemove(t *testing.T) {
	root := usedTree(t)
	put(t, root, "etc/aliases.db.is/a folder", "")
	if err := os.Remove(filepath.Join(root, "etc/aliases.db")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(root, "etc/aliases.db.is"), filepath.Join(root, "etc/aliases.db")); err != nil {
		t.Fatal(err)
	}
	out, err := sanitize(t, root, "/work")
	if err == nil || !strings.Contains(out, "cannot remove "+root+"/etc/aliases.db") {
		t.Errorf("%v\n%s", err, out)
	}
	if there(root, "etc/hostname") {
		t.Error("what comes after it was not cleaned")
	}
}
