package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ingot/internal/agent/executor"
	"ingot/internal/agent/protocol"
)

const motd = `
name: motd
schemaVersion: 1.0
parameters:
  - Greeting: {type: string, default: 1.10}
constants:
  - Braces: {type: string, value: '{{ Greeting }}'}
phases:
  - name: build
    steps:
      - name: Arch
        action: ExecuteBash
        inputs: {commands: ['set -v', 'cd /', 'echo one', 'echo two', 'echo bad >&2']}
      - name: Motd
        action: CreateFile
        inputs:
          - {path: motd, content: "{{ Greeting }} {{Braces}} {{ build.Arch.outputs.stdout }}", permissions: 0750}
      - name: Where
        action: ExecuteBash
        inputs: {commands: ['cd /tmp', pwd, 'echo ${HOME-none} {{ env:IMAGE_PHASE }} {{ context:step }} {{ loop.value }}', 'cat << E', '{{.Names}}', E]}
  - name: validate
    steps:
      - name: There
        action: ExecuteBash
        inputs: {commands: [pwd, 'stat -c %a {{ build.Motd.inputs[0].path }}']}
  - name: test
    steps:
      - name: No
        action: ExecuteBash
        inputs: {commands: ['false']}
`

func TestResolution(t *testing.T) {
	r := newRig(t, motd)
	r.Run.Phases = []string{"validate", "build"}
	r.Run.Documents[0].Parameters = map[string][]string{"Unknown": {"x"}}
	result := r.execute()
	r.want(result, protocol.Success, "")
	r.wantSaid("one|two|/tmp|none BUILDING Where {{ loop.value }}|{{.Names}}|" + r.Run.WorkDir + "|750")
	if got, want := r.read("motd"), "1.10 {{ Greeting }} one\ntwo"; got != want {
		t.Errorf("motd = %q, want %q", got, want)
	}
	if result.Executed != 4 {
		t.Errorf("executed %d steps, want 4", result.Executed)
	}
}

func TestParametersAndOrder(t *testing.T) {
	document := func(name string) string {
		return `{name: ` + name + `, schemaVersion: 1.0, parameters: [{Value: {type: string, allowedValues: [a, b]}}], phases: [
  {name: validate, steps: [{name: S, action: ExecuteBash, inputs: {commands: ["echo ` + name + ` validate {{ Value }}"]}}]},
  {name: build, steps: [{name: S, action: ExecuteBash, inputs: {commands: ["echo ` + name + ` build"]}}]}]}`
	}
	r := newRig(t, document("one"), document("two"))
	r.Run.Documents[0].Parameters = map[string][]string{"Value": {"a", "b"}}
	r.want(r.execute(), protocol.Success, "")
	r.wantSaid("one validate a,b|one build|two validate|two build")

	r = newRig(t, document("one"))
	r.Run.Documents[0].Parameters = map[string][]string{"Value": {"c"}}
	r.want(r.execute(), protocol.Failed, `does not allow the value "c"`)
}

func TestFailures(t *testing.T) {
	const then = "  - {name: Then, action: ExecuteBash, inputs: {commands: [echo then]}}\n"
	for _, c := range []struct {
		name, steps     string
		status          protocol.Status
		message, said   string
		failed, ignored int
	}{
		{"set -e", "  - {name: A, action: ExecuteBash, inputs: {commands: [set -e, 'false', 'true']}}\n" + then, protocol.Failed, "exit status 1", "", 1, 0},
		{"last counts", "  - {name: A, action: ExecuteBash, inputs: {commands: ['false', 'true']}}\n" + then, protocol.Success, "", "then", 0, 0},
		{"continue", "  - {name: A, action: ExecuteBash, onFailure: Continue, inputs: {commands: ['exit 3']}}\n" + then, protocol.Failed, "exit status 3", "then", 1, 0},
		{"ignore", "  - {name: A, action: ExecuteBash, onFailure: Ignore, inputs: {commands: ['exit 3']}}\n" + then, protocol.SuccessIgnored, "", "then", 0, 1},
		{"time", "  - {name: A, action: ExecuteBash, timeoutSeconds: 1, inputs: {commands: [sleep 100 & sleep 100]}}\n" + then, protocol.Failed, "timed out after 1s", "", 1, 0},
		{"attempts", "  - {name: A, action: ExecuteBash, maxAttempts: 3, inputs: {commands: [echo x >> tries, 'test $(wc -l < tries) = 3']}}\n" + then, protocol.Success, "", "then", 0, 0},
		{"skipped source", "  - {name: A, action: ExecuteBash, if: {fileExists: /nope}, inputs: {commands: [echo a]}}\n" +
			"  - {name: B, action: ExecuteBash, inputs: {commands: ['echo {{ build.A.outputs.stdout }}']}}\n", protocol.Failed, "{{ build.A.outputs.stdout }}: the step was skipped", "", 1, 0},
		{"no such output", "  - {name: A, action: ExecuteBash, inputs: {commands: [echo a]}}\n" +
			"  - {name: B, action: ExecuteBash, inputs: {commands: ['echo {{ build.A.outputs[1].stdout }}']}}\n", protocol.Failed, "has 1 outputs", "a", 1, 0},
		{"no such variable", "  - {name: A, action: ExecuteBash, inputs: {commands: ['echo {{ env:NOPE }}']}}\n", protocol.Failed, "{{ env:NOPE }}: the environment has no such variable", "", 1, 0},
		{"undeclared", then + "  - {name: A, action: ExecuteBash, inputs: {commands: ['echo {{ Nope }}']}}\n", protocol.Failed, "names no parameter", "", 0, 0},
		{"later", then + "  - {name: A, action: ExecuteBash, inputs: {commands: ['echo {{ aws:ssm:/a }}']}}\n", protocol.Failed, "{{ aws:ssm:/a }}: it comes with a later version", "", 0, 0},
		{"abort by condition", "  - {name: A, action: ExecuteBash, onFailure: Ignore, if: {fileExists: /nope, else: Abort}, inputs: {commands: [echo a]}}\n" + then, protocol.Failed, "condition said Abort", "", 1, 0},
		{"condition", "  - name: A\n    action: ExecuteBash\n    if: {then: Skip, value: '{{ env:IMAGE_PHASE }}', stringEquals: BUILDING}\n    inputs: {commands: [echo a]}\n" + then, protocol.Success, "", "then", 0, 0},
		{"assert", "  - {name: A, action: Assert, inputs: {not: {binaryExists: bash}}}\n" + then, protocol.Failed, "the assertion is false", "", 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, build(c.steps))
			result := r.execute()
			r.want(result, c.status, c.message)
			r.wantSaid(c.said)
			if result.FailedSteps != c.failed || result.IgnoredSteps != c.ignored {
				t.Errorf("failed %d, ignored %d; want %d, %d", result.FailedSteps, result.IgnoredSteps, c.failed, c.ignored)
			}
		})
	}
}

func TestRebootByStatus(t *testing.T) {
	r := newRig(t, build(`  - {name: First, action: ExecuteBash, inputs: {commands: [echo first]}}
  - {name: Again, action: ExecuteBash, if: {not: {fileExists: marker}}, inputs: {commands: [test -e marker && echo after && exit 0, touch marker, echo before, exit 194]}}
  - {name: Last, action: ExecuteBash, inputs: {commands: ['echo last {{ build.First.outputs.stdout }} {{ build.Again.outputs.stdout }}']}}
`))
	r.reboots()
	r.want(r.execute(), protocol.Success, "")
	r.wantSaid("first|before|after|last first after")
}

// TestCleanUpMarksSurviveARestart has a system that empties the working
// directory when it starts, as many do with /tmp.
func TestCleanUpMarksSurviveARestart(t *testing.T) {
	r := newRig(t, build(`  - {name: Boot, action: ExecuteBash, inputs: {commands: [test -e perform_cleanup && test -e booted && exit 0, touch perform_cleanup skip_cleanup_ssh_files booted other, exit 194]}}
`))
	r.reboots()
	for _, name := range []string{"perform_cleanup", "skip_cleanup_ssh_files", "other"} {
		if err := os.Remove(filepath.Join(r.Run.WorkDir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r.want(r.execute(), protocol.Success, "")
	for name, want := range map[string]bool{"perform_cleanup": true, "skip_cleanup_ssh_files": true, "other": false} {
		if _, err := os.Stat(filepath.Join(r.Run.WorkDir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRebootAction(t *testing.T) {
	r := newRig(t, build(`  - {name: Before, action: ExecuteBash, inputs: {commands: [echo before]}}
  - {name: Boot, action: Reboot}
  - {name: After, action: ExecuteBash, inputs: {commands: [echo after]}}
`))
	if os.Geteuid() != 0 {
		t.Skip("the action Reboot needs root")
	}
	r.reboots()
	r.Boot = "boot-1" // the agent came back before the machine went down
	r.reboots()
	result := r.execute()
	r.want(result, protocol.Success, "")
	r.wantSaid("before|after")
	if result.Reboots != 1 || result.Executed != 3 {
		t.Errorf("reboots = %d, executed = %d", result.Reboots, result.Executed)
	}
	if folders, _ := filepath.Glob(filepath.Join(r.Run.LogDir, "TOE_*")); len(folders) != 1 {
		t.Errorf("the run left the folders %v", folders)
	}
}

func TestRebootsAreBounded(t *testing.T) {
	r := newRig(t, build("  - {name: Loop, action: ExecuteBash, inputs: {commands: [exit 194]}}\n"))
	for range 15 {
		r.reboots()
	}
	r.want(r.execute(), protocol.Failed, "15 times")
}

func TestKilledAgentDoesNotRunAStepTwice(t *testing.T) {
	r := newRig(t, build(`  - {name: Done, action: ExecuteBash, inputs: {commands: [echo done >> done]}}
  - {name: Cut, action: ExecuteBash, onFailure: Ignore, inputs: {commands: [echo $$ >> pids, echo here, exec sleep 1000]}}
  - {name: Never, action: ExecuteBash, inputs: {commands: [touch never]}}
`))
	r.killAt(func(e protocol.Event) bool { return e.Stream == protocol.Stdout })
	r.want(r.execute(), protocol.Failed, "the agent in the machine ended while this step was running; the step was not run again")
	if got := r.read("done"); got != "done\n" {
		t.Errorf("the first step ran %q", got)
	}
	pids := strings.Fields(r.read("pids"))
	if len(pids) != 1 {
		t.Fatalf("the second step ran %d times", len(pids))
	}
	if state, err := os.ReadFile("/proc/" + pids[0] + "/stat"); err == nil && !strings.Contains(string(state), ") Z") {
		eventually(t, func() bool { return errors.Is(syscall.Kill(atoi(t, pids[0]), 0), syscall.ESRCH) })
	}
	if _, err := os.Stat(filepath.Join(r.Run.WorkDir, "never")); err == nil {
		t.Error("the step after the one that was cut off ran")
	}
	r.want(r.execute(), protocol.Failed, "was not run again") // once more: the same end
}

func TestMachineThatRestartedByItself(t *testing.T) {
	r := newRig(t, build("  - {name: Cut, action: ExecuteBash, inputs: {commands: [echo here, exec sleep 1000]}}\n"))
	r.killAt(func(e protocol.Event) bool { return e.Stream == protocol.Stdout })
	r.Boot = "boot-2"
	r.want(r.execute(), protocol.Failed, "the machine restarted while this step was running")
}

// TestKilledBetweenSteps: an agent that is killed between two steps loses nothing, and
// the run continues.
func TestKilledBetweenSteps(t *testing.T) {
	var steps strings.Builder
	for _, name := range []string{"A", "B", "C", "D"} {
		steps.WriteString("  - {name: " + name + ", action: CreateFile, inputs: [{path: " + name + ", overwrite: false}]}\n")
	}
	r := newRig(t, build(steps.String()))
	r.killAt(func(e protocol.Event) bool { return e.Kind == protocol.KindStep && e.Status == protocol.Success })
	result := r.execute()
	cut := result.Failed != nil && strings.Contains(result.Failed.Error, "was not run again")
	if result.Status != protocol.Success && !cut {
		t.Fatalf("result = %+v", result)
	}
}

func TestCancel(t *testing.T) {
	r := newRig(t, build("  - {name: A, action: ExecuteBash, onFailure: Continue, inputs: {commands: [echo $$; sleep 1000 & wait]}}\n  - {name: B, action: ExecuteBash, inputs: {commands: [echo b]}}\n"))
	ctx, cancel := context.WithCancelCause(t.Context())
	emit := r.Emit
	r.Emit = func(e protocol.Event) {
		emit(e)
		if e.Stream == protocol.Stdout {
			cancel(executor.ErrCancelled)
		}
	}
	result, err := executor.Execute(ctx, r.Config)
	if err != nil || result.Status != protocol.Cancelled {
		t.Fatalf("Execute = %+v, %v", result, err)
	}
	group := atoi(t, r.said())
	eventually(t, func() bool { return errors.Is(syscall.Kill(-group, 0), syscall.ESRCH) })
}

func TestStoppedAgentLeavesTheRunOpen(t *testing.T) {
	r := newRig(t, build("  - {name: A, action: ExecuteBash, inputs: {commands: [echo a, exec sleep 1000]}}\n"))
	stop := errors.New("stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	r.Emit = func(e protocol.Event) {
		if e.Stream == protocol.Stdout {
			cancel(stop)
		}
	}
	if _, err := executor.Execute(ctx, r.Config); !errors.Is(err, stop) {
		t.Fatalf("Execute = %v", err)
	}
	r.want(r.execute(), protocol.Failed, "the agent in the machine ended")
}

func TestStateOfAnotherRun(t *testing.T) {
	r := newRig(t, build("  - {name: A, action: ExecuteBash, inputs: {commands: [echo a]}}\n"))
	r.execute()
	r.Run.Documents[0].Data = build("  - {name: A, action: ExecuteBash, inputs: {commands: [echo b]}}\n")
	r.want(r.execute(), protocol.Failed, "belongs to another run")
}

func TestLogFolder(t *testing.T) {
	r := newRig(t, build(`  - {name: Secret, action: ExecuteBash, disableLogging: true, inputs: {commands: [echo hunter2]}}
  - {name: Show, action: ExecuteBash, onFailure: Continue, inputs: {commands: ['test {{ build.Secret.outputs.stdout }} = hunter2 && echo same', echo oops >&2, exit 7]}}
  - {name: File, action: CreateFile, if: {fileExists: /nope}, inputs: [{path: a}]}
`))
	r.Run.Documents[0].ARN = "arn:aws:imagebuilder:us-east-1:000000000000:component/c/1.0.0/1"
	result := r.execute()
	r.want(result, protocol.Failed, "exit status 7")
	name := filepath.Base(result.LogFolder)
	if ok, _ := filepath.Match("TOE_????-??-??_??-??-??_UTC-0_m-1-s-2-what", name); !ok {
		t.Errorf("folder = %q", name)
	}
	console := r.read(filepath.Join(name, "console.log"))
	for _, want := range []string{
		"CmdExecution: Stdout: same\n", "CmdExecution: Stderr: oops\n", "CmdExecution: ExitCode 7\n",
		"ComponentArn: arn:aws", "\nPhase: build\n", "\nStep: Show\n", "\nAction: ExecuteBash\n", "\nErrorMessage: exit status 7\nStderr: oops\n",
	} {
		if !strings.Contains(console, want) {
			t.Errorf("console.log has no %q:\n%s", want, console)
		}
	}
	if strings.Contains(console, "\nhunter2") || strings.Contains(console, "Stdout: hunter2") {
		t.Error("console.log has what disableLogging keeps out")
	}
	if got := r.read(filepath.Join(name, "document.yaml")); got != r.Run.Documents[0].Data {
		t.Errorf("document.yaml = %q", got)
	}
	var detail struct {
		Status    string
		Documents []struct {
			Phases []struct{ Steps []map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(r.read(filepath.Join(name, "detailedoutput.json"))), &detail); err != nil {
		t.Fatal(err)
	}
	steps := detail.Documents[0].Phases[0].Steps
	if detail.Status != "failed" || steps[0]["outputs"] != "[{}]" || steps[2]["status"] != "skipped" || steps[0]["inputs"] != `[{"commands":["echo hunter2"]}]` {
		t.Errorf("detailedoutput.json = %+v", detail)
	}
}

// eventually polls a condition that has no event.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not come true in time")
		}
	}
}
