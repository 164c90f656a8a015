package action_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ingot/internal/agent/action"
	"ingot/internal/agent/process"
	"ingot/internal/document/component"
)

// step parses a document whose only step has the given action and inputs (YAML
// in flow style), so that tests go through the real checker.
func step(t *testing.T, name, inputs string) component.Step {
	t.Helper()
	doc, err := component.Parse(fmt.Appendf(nil,
		"schemaVersion: 1.0\nphases: [{name: build, steps: [{name: one, action: %s, inputs: %s}]}]", name, inputs))
	if err != nil {
		t.Fatalf("parsing the step: %v", err)
	}
	return doc.Phases[0].Steps[0]
}

// run runs a step in dir.
func run(t *testing.T, dir, name, inputs string) ([]action.Output, error) {
	t.Helper()
	module, ok := action.Lookup(name)
	if !ok {
		t.Fatalf("no module %s", name)
	}
	return module.Run(t.Context(), action.Call{
		Inputs: step(t, name, inputs).Inputs, Dir: dir, Scratch: t.TempDir(),
		Env: []string{"PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "GREETING=hi"},
	})
}

// must is run for steps that succeed.
func must(t *testing.T, dir, name, inputs string) []action.Output {
	t.Helper()
	out, err := run(t, dir, name, inputs)
	if err != nil {
		t.Fatalf("%s %s: %v", name, inputs, err)
	}
	return out
}

// fails is run for steps that fail with a message.
func fails(t *testing.T, dir, name, inputs, want string) {
	t.Helper()
	if _, err := run(t, dir, name, inputs); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s %s = %v; want %q", name, inputs, err, want)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func wantFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != text {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != mode {
		t.Errorf("%s has mode %v, %v; want %v", path, info.Mode(), err, mode)
	}
}

func TestMain(m *testing.M) {
	syscall.Umask(0o022) // as the agent's main does
	os.Exit(m.Run())
}

func TestExecuteBash(t *testing.T) {
	dir := t.TempDir()
	for commands, want := range map[string]string{
		`[cd /tmp, pwd]`:                         "/tmp",
		`[pwd]`:                                  dir,
		`['false', 'true']`:                      "",
		`['X=1', 'echo $X-$GREETING']`:           "1-hi",
		`['set -v', 'echo out']`:                 "out",
		`["printf 'a\\n\\n'"]`:                   "a\n",
		`['echo ${HOME-none}']`:                  "none",
		`['#!/bin/bash', 'echo $((1+1))']`:       "2",
		`['echo error >&2', 'cat <&0']`:          "",
		`['echo a: b', "cat <<E\nx\ny\nE"]`:      "a: b\nx\ny",
		`['[[ ~ == /root || ~ == /* ]]; umask']`: "0022",
	} {
		out := must(t, dir, "ExecuteBash", "{commands: "+commands+"}")
		if out[0]["stdout"] != want {
			t.Errorf("ExecuteBash %s = %q; want %q", commands, out[0]["stdout"], want)
		}
	}
	fails(t, dir, "ExecuteBash", `{commands: ['set -e', 'false', 'true']}`, "exit status 1")
	fails(t, dir, "ExecuteBash", `{commands: ['kill -9 $$']}`, "signal: killed")
	_, err := run(t, dir, "ExecuteBash", `{commands: ['echo why >&2; exit 7']}`)
	if exit, ok := errors.AsType[*action.ExitError](err); !ok || exit.Stderr != "why" || exit.Message != "exit status 7" {
		t.Errorf("error = %#v", err)
	}
	_, err = run(t, dir, "ExecuteBash", `{commands: ['exit 194']}`)
	if request, ok := errors.AsType[*action.RebootRequest](err); !ok || !request.Again {
		t.Errorf("exit 194 gives %v", err)
	}
}

func TestExecuteBashTimeout(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	module, _ := action.Lookup("ExecuteBash")
	_, err := module.Run(ctx, action.Call{
		Inputs: step(t, "ExecuteBash", `{commands: [sleep 600]}`).Inputs, Timeout: 200 * time.Millisecond,
		Dir: t.TempDir(), Scratch: t.TempDir(), Env: []string{"PATH=/usr/bin:/bin"},
	})
	if err == nil || err.Error() != "timed out after 200ms" {
		t.Errorf("error = %v", err)
	}
}

func TestExecuteBinary(t *testing.T) {
	dir := t.TempDir()
	if out := must(t, dir, "ExecuteBinary", `{path: echo, arguments: [$GREETING, "a b"]}`); out[0]["stdout"] != "$GREETING a b" {
		t.Errorf("stdout = %q", out[0]["stdout"])
	}
	write(t, filepath.Join(dir, "tool"), "#!/bin/sh\nexit 194")
	fails(t, dir, "ExecuteBinary", `{path: ./tool}`, "permission denied")
	if err := os.Chmod(filepath.Join(dir, "tool"), 0o755); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, "ExecuteBinary", `{path: ./tool}`, "must restart")
	fails(t, dir, "ExecuteBinary", `{path: no-such-tool}`, "not in PATH")
	fails(t, dir, "ExecuteBinary", `{path: "false"}`, "exit status 1")
}

func TestCreateFile(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "CreateFile", `[{path: a/b/one, content: "x\n", permissions: 0750, stray: key}, {path: two}]`)
	wantFile(t, filepath.Join(dir, "a/b/one"), "x\n", 0o750)
	wantFile(t, filepath.Join(dir, "two"), "", 0o644)
	must(t, dir, "CreateFile", `{path: a/b/one, content: y, permissions: "4711"}`)
	wantFile(t, filepath.Join(dir, "a/b/one"), "y", 0o711|os.ModeSetuid)
	must(t, dir, "CreateFile", `{path: wide, content: é, encoding: UTF-16}`)
	wantFile(t, filepath.Join(dir, "wide"), "\xff\xfe\xe9\x00", 0o644)
	must(t, dir, "CreateFile", `{path: wide, content: é, encoding: utf16-BE}`)
	wantFile(t, filepath.Join(dir, "wide"), "\x00\xe9", 0o644)
	must(t, dir, "CreateFile", `{path: wide, content: é, encoding: utf32-le}`)
	wantFile(t, filepath.Join(dir, "wide"), "\xe9\x00\x00\x00", 0o644)

	fails(t, dir, "CreateFile", `{path: two, overwrite: "FALSE"}`, "exists and overwrite is false")
	fails(t, dir, "CreateFile", `{path: a}`, "is a directory")
	fails(t, dir, "CreateFile", `{path: x, permissions: 888}`, "octal")
	fails(t, dir, "CreateFile", `{path: x, permissions: "07777"}`, "octal")
	fails(t, dir, "CreateFile", `{path: x, encoding: latin1}`, "not known")
	fails(t, dir, "CreateFile", `[{path: ok}, {path: x, owner: no-such-user}]`, `inputs[1]: there is no user "no-such-user"`)
	wantFile(t, filepath.Join(dir, "ok"), "", 0o644) // earlier elements stay done
}

func TestAppendFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "log"), "a")
	must(t, dir, "AppendFile", `[{path: log, content: b}, {path: log, content: c, encoding: utf8}]`)
	wantFile(t, filepath.Join(dir, "log"), "abc", 0o644)
	fails(t, dir, "AppendFile", `{path: missing, content: x}`, "no such file")
}

func TestCreateFolder(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "CreateFolder", `[{path: a/b}, {path: a/b/, permissions: 1777}]`)
	if info, err := os.Stat(filepath.Join(dir, "a/b")); err != nil || info.Mode() != os.ModeDir|os.ModeSticky|0o777 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
	write(t, filepath.Join(dir, "file"), "")
	fails(t, dir, "CreateFolder", `{path: file}`, "no folder")
	fails(t, dir, "CreateFolder", `{path: a, overwrite: false}`, "overwrite is false")
}

func TestCopyFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.conf", "b.conf", ".c.conf", "other"} {
		write(t, filepath.Join(dir, name), name)
	}
	if err := os.Mkdir(filepath.Join(dir, "d.conf"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "other"), 0o751); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "CopyFile", `[{source: "*.conf", destination: new/}, {source: other, destination: new/name}]`)
	for _, name := range []string{"a.conf", "b.conf", ".c.conf"} {
		wantFile(t, filepath.Join(dir, "new", name), name, 0o644)
	}
	wantFile(t, filepath.Join(dir, "new/name"), "other", 0o751)
	fails(t, dir, "CopyFile", `{source: "*.conf", destination: x}`, "end in a slash")
	fails(t, dir, "CopyFile", `{source: "*.none", destination: x/}`, "nothing matches")
	fails(t, dir, "CopyFile", `{source: none, destination: x}`, "no such file")
	fails(t, dir, "CopyFile", `{source: "*/a", destination: x}`, "wildcard before")
	fails(t, dir, "CopyFile", `{source: other, destination: new}`, "end the destination in a slash")
	fails(t, dir, "CopyFile", `{source: other, destination: ./other}`, "the same file")
	fails(t, dir, "CopyFile", `{source: other, destination: a.conf, overwrite: false}`, "overwrite is false")
	fails(t, dir, "CopyFile", `{source: new, destination: x}`, "is a folder")
	wantFile(t, filepath.Join(dir, "other"), "other", 0o751)
}

func TestDeleteFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.log", "b.log", "keep", "link-target"} {
		write(t, filepath.Join(dir, name), "")
	}
	if err := os.Symlink("link-target", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "DeleteFile", `[{path: "*.log"}, {path: "*.log"}, {path: link}]`)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left: %v, %v", entries, err)
	}
	fails(t, dir, "DeleteFile", `{path: a.log}`, "no such file")
	fails(t, dir, "DeleteFile", `{path: ../`+filepath.Base(dir)+`}`, "is a folder")
}

func TestOwnerAndPermissions(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("changing owners needs root")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	write(t, path, "")
	ids := func() string {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		st := info.Sys().(*syscall.Stat_t)
		return fmt.Sprint(st.Uid, " ", st.Gid)
	}
	daemon, err := user.Lookup("daemon")
	if err != nil {
		t.Skip("this system has no user daemon")
	}
	for inputs, want := range map[string]string{
		`{path: file, owner: daemon}`:               daemon.Uid + " " + daemon.Gid,
		`{path: file, owner: daemon, group: root}`:  daemon.Uid + " 0",
		`{path: file, owner: "54321", group: 1234}`: "54321 1234",
	} {
		must(t, dir, "SetFileOwner", inputs)
		if got := ids(); got != want {
			t.Errorf("SetFileOwner %s: %s, want %s", inputs, got, want)
		}
	}
	fails(t, dir, "SetFileOwner", `{path: file, owner: nobody-here}`, "no user")
	fails(t, dir, "SetFileOwner", `{path: file, owner: root, group: none-such}`, "no group")
	fails(t, dir, "SetFileOwner", `{path: missing, owner: root}`, "no such file")
	fails(t, dir, "SetFileOwner", `{path: ., owner: root}`, "is a folder")
	must(t, dir, "CreateFile", `{path: own, owner: daemon, group: daemon, permissions: 6755}`)
	wantFile(t, filepath.Join(dir, "own"), "", 0o755|os.ModeSetuid|os.ModeSetgid)
	must(t, dir, "SetFilePermissions", `{path: file, permissions: 0400}`)
	wantFile(t, path, "", 0o400)
	fails(t, dir, "SetFilePermissions", `{path: ., permissions: 0400}`, "is a folder")
	fails(t, dir, "SetFilePermissions", `{path: file, permissions: rwx}`, "octal")
}

func TestReboot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("Reboot needs root")
	}
	for _, inputs := range []string{"", "{}", "{delaySeconds: 0}"} {
		_, err := run(t, t.TempDir(), "Reboot", inputs)
		if request, ok := errors.AsType[*action.RebootRequest](err); !ok || request.Again {
			t.Errorf("Reboot %q = %v", inputs, err)
		}
	}
}

// TestUpdateOS has package tools that are real programs and write down their arguments.
func TestUpdateOS(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("UpdateOS needs root")
	}
	for name, tt := range map[string]struct{ inputs, want string }{
		"all":     {"", "apt-get update\napt-get upgrade --with-new-pkgs\n"},
		"include": {"{include: [curl, nginx, gone, vim], exclude: [vim]}", "apt-get update\napt-get install --only-upgrade -- curl nginx\n"},
		"exclude": {"{exclude: [curl, held]}", "apt-get update\napt-mark hold -- curl\napt-get upgrade --with-new-pkgs\napt-mark unhold -- curl\n"},
		"nothing": {"{include: [gone]}", "apt-get update\n"},

		"exclude what is not there": {"{exclude: [nobody, curl, gone]}", "apt-get update\napt-mark hold -- curl\napt-get upgrade --with-new-pkgs\napt-mark unhold -- curl\n"},
		"exclude nothing there":     {"{exclude: [nobody, gone]}", "apt-get update\napt-get upgrade --with-new-pkgs\n"},
		"include nothing there":     {"{include: [nobody], exclude: [nobody]}", "apt-get update\n"},
		"patterns":                  {`{exclude: ["?i*", "none*"]}`, "apt-get update\napt-mark hold -- vim\napt-get upgrade --with-new-pkgs\napt-mark unhold -- vim\n"},
		"an architecture":           {"{include: [curl:amd64, curl:arm64, nginx, nginx]}", "apt-get update\napt-get install --only-upgrade -- curl:amd64 nginx\n"},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			calls := filepath.Join(bin, "calls")
			tool := func(name, body string) {
				if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/bash\n"+body), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			record := `[ "$1" = showhold ] && { echo held; exit; }
args=("$@"); while [[ ${args[0]} == -y || ${args[0]} == -o ]]; do [ ${args[0]} = -o ] && args=("${args[@]:1}"); args=("${args[@]:1}"); done
echo "${0##*/} ${args[*]}" >> ` + calls + `; [ "$DEBIAN_FRONTEND" = noninteractive ]`
			tool("apt-get", record)
			tool("apt-mark", `case "$*" in *nobody*|*gone*) echo "E: No packages found" >&2; exit 100; esac
`+record)
			tool("dpkg-query", `for p in 'ii  curl' 'ii  nginx' 'rc  gone' 'ii  vim' 'hi  held'; do echo "$p ${p:4}:amd64"; done`)
			module, _ := action.Lookup("UpdateOS")
			_, err := module.Run(t.Context(), action.Call{
				Inputs: step(t, "UpdateOS", tt.inputs).Inputs, Dir: bin, Scratch: bin,
				Env: []string{"PATH=" + bin + ":/usr/bin:/bin"},
			})
			got, _ := os.ReadFile(calls)
			if err != nil || string(got) != tt.want {
				t.Errorf("error %v, calls:\n%s\nwant:\n%s", err, got, tt.want)
			}
		})
	}
}

func TestUpdateOSWithoutApt(t *testing.T) {
	module, _ := action.Lookup("UpdateOS")
	_, err := module.Run(t.Context(), action.Call{Env: []string{"PATH=" + t.TempDir()}})
	if err == nil {
		t.Error("UpdateOS succeeds where there is no package manager")
	}
}

func TestAssert(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "abc")
	const md5 = "900150983CD24FB0D6963F7D28E17F72"
	const sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d"
	for expression, want := range map[string]bool{
		`{fileExists: file}`:                           true,
		`{fileExists: .}`:                              false,
		`{folderExists: .}`:                            true,
		`{folderExists: file}`:                         false,
		`{fileExists: gone}`:                           false,
		`{binaryExists: bash}`:                         true,
		`{binaryExists: basher}`:                       false,
		`{fileMD5Equals: ` + md5 + `, path: file}`:     true,
		`{fileSHA1Equals: ` + sha1 + `, path: file}`:   true,
		`{fileSHA256Equals: ` + sha1 + `, path: file}`: false,
		`{fileSHA512Equals: x, path: gone}`:            false,
		`{stringIsEmpty: ""}`:                          true,
		`{stringIsEmpty: " "}`:                         false,
		`{stringIsWhitespace: "  "}`:                   true,
		`{stringIsWhitespace: ""}`:                     false,
		`{stringEquals: 2.10, value: 2.10}`:            true,
		`{stringEquals: 2.10, value: 2.1}`:             false,
		`{stringEquals: a, value: A}`:                  false,
		`{stringLessThan: b, value: A}`:                true,
		`{stringLessThan: a, value: A}`:                true,
		`{stringGreaterThan: "9", value: a}`:           true,
		`{stringLessThanEquals: a, value: a}`:          true,
		`{stringGreaterThanEquals: b, value: a}`:       false,
		`{patternMatches: "^a.c$", value: abc}`:        true,
		`{patternMatches: b, value: abc}`:              true,
		`{patternMatches: B, value: abc}`:              false,
		`{numberGreaterThan: 3, value: 5}`:             true,
		`{numberEquals: 1.0, value: 1}`:                true,
		`{numberEquals: -0, value: 0.00}`:              true,
		`{numberLessThan: 10, value: 9.99}`:            true,
		`{numberLessThan: -1, value: -1.5}`:            true,
		`{numberLessThanEquals: "+007", value: 7}`:     true,
		`{numberGreaterThan: 10000000000000000000000.1, value: 10000000000000000000000.2}`: true,
		`{numberGreaterThanEquals: 1, value: -1}`:                                          false,
		`{numberEquals: a, value: a}`:                                                      false,
		`{numberLessThan: 1e3, value: 1}`:                                                  false,
		`{not: {fileExists: gone}}`:                                                        true,
		`{not: [{fileExists: file}]}`:                                                      false,
		`{and: [{fileExists: file}, {folderExists: .}]}`:                                   true,
		`{and: [{fileExists: gone}, {folderExists: .}]}`:                                   false,
		`{or: [{fileExists: gone}, {and: [{folderExists: .}]}]}`:                           true,
		`{or: [{fileExists: gone}]}`:                                                       false,
	} {
		_, err := run(t, dir, "Assert", expression)
		if (err == nil) != want {
			t.Errorf("Assert %s: %v; want %v", expression, err, want)
		}
	}
}

// TestEveryModuleIsThere: every module that the language supports is there, and no other.
func TestEveryModuleIsThere(t *testing.T) {
	for _, name := range []string{"ExecuteBash", "ExecuteBinary", "Assert", "CreateFile", "AppendFile", "CreateFolder",
		"CopyFile", "DeleteFile", "SetFilePermissions", "SetFileOwner", "UpdateOS", "Reboot"} {
		m, known := component.LookupModule(name)
		if _, ok := action.Lookup(name); !ok || !known || m.Unsupported {
			t.Errorf("%s: module %v, known to the checker %v, put off %v", name, ok, known, m.Unsupported)
		}
	}
}

func TestLinesOfAModuleReachTheLog(t *testing.T) {
	var lines []string
	module, _ := action.Lookup("ExecuteBinary")
	_, err := module.Run(t.Context(), action.Call{
		Inputs: step(t, "ExecuteBinary", `{path: sh, arguments: [-c, "echo a; echo b >&2"]}`).Inputs,
		Env:    []string{"PATH=/usr/bin:/bin"}, Dir: "/", Scratch: t.TempDir(),
		Line: func(s process.Stream, text string) { lines = append(lines, string(s)+" "+text) },
	})
	if err != nil || len(lines) != 2 {
		t.Errorf("lines = %v, %v", lines, err)
	}
}
