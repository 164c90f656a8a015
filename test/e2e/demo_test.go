package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ingot/internal/demo"
	"ingot/test/rig"
)

// runDemo runs the demo, compares its output with the answers of the API, as the AWS CLI
// reads them, and returns what it says of its two images.
func runDemo(t *testing.T, s *rig.Server) (first, second demo.Summary) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "summary.json")
	printed := s.Ingot("demo", "--summary", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var summaries []demo.Summary
	if err := json.Unmarshal(text, &summaries); err != nil {
		t.Fatal(err)
	}
	var provenance []string
	for _, summary := range summaries {
		provenance = append(provenance, summary.Provenance)
		checkSummary(t, s, summary, printed)
	}
	if !slices.Equal(provenance, []string{"clean", "cached 2 of 3"}) {
		t.Fatalf("the images were built %q", provenance)
	}
	return summaries[0], summaries[1]
}

func checkSummary(t *testing.T, s *rig.Server, summary demo.Summary, printed string) {
	t.Helper()
	if status, _ := s.State(summary.Image); status != "AVAILABLE" || !strings.Contains(printed, summary.Image) {
		t.Errorf("%s is %s", summary.Image, status)
	}
	amis := s.AMIs(summary.Image)
	if len(amis) != len(summary.AMIs) {
		t.Errorf("%v is said of %v", summary.AMIs, amis)
	}
	for _, a := range summary.AMIs {
		checkSaidAMI(t, s, a, amis)
		for _, said := range append([]string{a.ID, a.Name, a.Disk.File, a.Disk.Digest, fmt.Sprint(a.Disk.Size)}, a.Permissions...) {
			if !strings.Contains(printed, said) {
				t.Errorf("%q is not printed", said)
			}
		}
	}
	if provenance, why := s.Report(summary.Image); provenance != summary.Provenance || len(why) != len(summary.Components) {
		t.Errorf("%s is said of %s: %q", summary.Provenance, provenance, why)
	}
	checkStages(t, s, summary)
}

// checkSaidAMI asks the API of the region, and reads the file.
func checkSaidAMI(t *testing.T, s *rig.Server, a demo.AMI, amis map[string]string) {
	t.Helper()
	if amis[a.Region] != a.ID {
		t.Errorf("%s is said to be in %s; GetImage has %v", a.ID, a.Region, amis)
	}
	image := s.AWS("ec2", "describe-images", "--region", a.Region, "--image-ids", a.ID)["Images"].([]any)[0].(map[string]any)
	if image["Name"] != a.Name {
		t.Errorf("%s is said to be called %q and is %q", a.ID, a.Name, image["Name"])
	}
	var permissions []string
	for _, p := range s.AWS("ec2", "describe-image-attribute", "--region", a.Region, "--image-id", a.ID, "--attribute", "launchPermission")["LaunchPermissions"].([]any) {
		for _, who := range p.(map[string]any) {
			permissions = append(permissions, who.(string))
		}
	}
	if len(permissions) != len(a.Permissions) {
		t.Errorf("%s is said to be shared with %q and is with %q", a.ID, a.Permissions, permissions)
	}
	for _, who := range permissions {
		if !slices.ContainsFunc(a.Permissions, func(said string) bool { return strings.HasSuffix(said, " "+who) }) {
			t.Errorf("%s is shared with %s, which is not said: %q", a.ID, who, a.Permissions)
		}
	}
	if out := s.Ingot("image", "verify", a.ID); !strings.Contains(out, a.Disk.Digest) {
		t.Errorf("the disk of %s is said to be %s: %s", a.ID, a.Disk.Digest, out)
	}
	if info, err := os.Stat(a.Disk.File); err != nil || info.Size() != a.Disk.Size {
		t.Errorf("the disk of %s: %v, said to have %d bytes", a.ID, err, a.Disk.Size)
	}
}

// checkStages compares the seconds of each stage with the times of its workflow.
func checkStages(t *testing.T, s *rig.Server, summary demo.Summary) {
	t.Helper()
	executions := s.AWS("imagebuilder", "list-workflow-executions", "--image-build-version-arn", summary.Image)["workflowExecutions"].([]any)
	if len(executions) != len(summary.Stages) {
		t.Errorf("%v is said of %v", summary.Stages, executions)
	}
	for _, e := range executions {
		x := e.(map[string]any)
		took := s.Between(x["startTime"], x["endTime"])
		if !slices.ContainsFunc(summary.Stages, func(stage demo.Stage) bool {
			return stage.Type == x["type"] && stage.Seconds-took < 0.01 && took-stage.Seconds < 0.01
		}) {
			t.Errorf("%s took %.2f s; said: %v", x["type"], took, summary.Stages)
		}
	}
}

// TestDemoInterrupted presses ctrl-C in the middle of the demo's build: the demo says how
// to continue, and the build continues and can be cancelled.
func TestDemoInterrupted(t *testing.T) {
	rig.NeedAWS(t)
	s := rig.New(t)
	var said bytes.Buffer
	c := exec.Command(filepath.Join(rig.Bin(t), "ingot"), "demo", "--data", s.Data)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&said, lines.Text())
		if strings.Contains(lines.Text(), "step running") {
			_ = c.Process.Signal(os.Interrupt) // it may be pressed twice
		}
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("interrupted: %v", err)
	}
	arn := imageForm.FindString(said.String())
	if !strings.Contains(said.String(), "ingot logs -f "+arn+" --data "+s.Data) {
		t.Errorf("an interrupted demo says nothing of its build:\n%s", rig.Tail(said.String(), 12))
	}
	s.AWS("imagebuilder", "cancel-image-creation", "--image-build-version-arn", arn)
	if status, reason := s.Await(arn); status != "CANCELLED" {
		t.Errorf("%s: %s", status, reason)
	}
}

var imageForm = regexp.MustCompile(`arn:aws:imagebuilder:[a-z0-9-]+:[0-9]+:image/[a-z-]+/[0-9.]+/[0-9]+`)
