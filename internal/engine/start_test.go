package engine_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"ingot/internal/machine/memory"
)

// refused checks that a build is refused with these words.
func (r *rig) refused(o order, words ...string) {
	r.t.Helper()
	_, err := r.try(o)
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			r.t.Errorf("%+v: %v, want %q", o, err, w)
		}
	}
}

func TestMachinesThatTheHostLacks(t *testing.T) {
	r := newRig(t, memory.Config{})
	delete(r.engine.Build.Host.Backends, "qemu")
	r.refused(order{machine: "qemu"}, "asks for qemu machines", "ingot doctor")
	r.refused(order{tests: true}, "tested on qemu machines", "ingot doctor", "imageTestsEnabled")
	r.available(r.start(order{}))
}

func TestUserDataThatIsNoScript(t *testing.T) {
	r := newRig(t, memory.Config{})
	for text, name := range map[string]string{
		"#cloud-config\npackages: [nginx]\n":                     "cloud-config",
		"MIME-Version: 1.0\n":                                    "MIME multipart",
		"Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n": "MIME multipart",
		"#include\nhttps://example.com/script\n":                 "include file",
		"## template: jinja\n#cloud-config\n":                    "template",
		"\x1f\x8b\x08\x00":                                       "compressed",
	} {
		r.refused(order{userData: base64.StdEncoding.EncodeToString([]byte(text))}, "userDataOverride", name, "#!")
	}
	for _, text := range []string{"#!/bin/bash\ntrue\n", "echo hello", "# a remark\ntrue"} {
		r.start(order{userData: base64.StdEncoding.EncodeToString([]byte(text))})
	}
}
