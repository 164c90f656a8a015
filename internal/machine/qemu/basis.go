package qemu

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ingot/internal/machine/folder"
)

// basis is what a verdict on KVM depends on.
type basis struct {
	Boot   string `json:"boot"`   // of the host
	Kernel string `json:"kernel"` // its release and version
	CPU    string `json:"cpu"`    // a running host may be moved to another CPU
	QEMU   string `json:"qemu"`   // the program's file
	Guest  string `json:"guest"`  // the disk that was booted
}

// basisOf returns the present basis of a verdict. The name of the guest's disk stands for
// its content.
func basisOf(guest string) (basis, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return basis{}, err
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return basis{}, err
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return basis{}, ErrMissing
	}
	info, err := os.Stat(path)
	if err != nil {
		return basis{}, err
	}
	return basis{
		Boot:   strings.TrimSpace(string(boot)),
		Kernel: unix.ByteSliceToString(u.Release[:]) + " " + unix.ByteSliceToString(u.Version[:]),
		CPU:    processor(),
		QEMU:   fmt.Sprintf("%s of %s, %d bytes", path, info.ModTime().UTC().Format(time.RFC3339Nano), info.Size()),
		Guest:  filepath.Base(guest),
	}, nil
}

// processor returns the model and flags of the first processor.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n\n")
	var words []string
	for line := range strings.Lines(first) {
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); strings.TrimSpace(name) {
		case "model name", "stepping", "microcode":
			words = append(words, value)
		case "flags":
			sum := sha256.Sum256([]byte(value))
			words = append(words, fmt.Sprintf("%x", sum[:8]))
		}
	}
	return strings.Join(words, ", ")
}

// file returns the file of the verdict on a basis.
func (b basis) file(dir string) string {
	text, _ := json.Marshal(b) // strings cannot fail
	sum := sha256.Sum256(text)
	return filepath.Join(dir, fmt.Sprintf("ingot-kvm-%x.json", sum[:8]))
}

// Verdict is the result of a test of KVM on this host.
type Verdict struct {
	Works bool
	Why   string
	File  string // if it is removed, KVM is tested again
}

// LastVerdict returns the newest verdict in a folder that holds on this host, with any
// guest, or nil.
func LastVerdict(dir string) *Verdict {
	files, _ := filepath.Glob(filepath.Join(dir, "ingot-kvm-*.json"))
	var found *Verdict
	var at time.Time
	for _, f := range files {
		var v verdict
		if folder.Load(f, &v) != nil || v.At.Before(at) {
			continue
		}
		if now, err := basisOf(v.On.Guest); err == nil && now == v.On {
			found, at = &Verdict{v.Works, v.Why, f}, v.At
		}
	}
	return found
}
