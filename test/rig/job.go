package rig

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Places and partners of the job.
const (
	Region       = "us-east-1"
	SecondRegion = "eu-west-1"
	Account      = "000000000000"
	Organization = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
	Unit         = "arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-11111111"
	Partner      = "210987654321"
)

// DemoComponent returns the text of a component of the demo, with release for @RELEASE@.
func DemoComponent(t testing.TB, name, release string) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../internal/demo/components", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "@RELEASE@", release)
}

// Script returns a component whose one build step runs a line of shell.
func Script(line string) string {
	return "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: Only\n        action: ExecuteBash\n        inputs:\n          commands:\n            - |\n              " +
		strings.ReplaceAll(line, "\n", "\n              ") + "\n"
}

// Component makes a component and returns its ARN.
func (s *Server) Component(name, version, document string) string {
	s.t.Helper()
	out := s.AWS("imagebuilder", "create-component", "--name", name, "--semantic-version", version, "--platform", "Linux",
		"--data", Write(s.t, name+".yaml", document))
	return out["componentBuildVersionArn"].(string)
}

// Recipe describes a recipe; zero values are left out.
type Recipe struct {
	Name, Version string
	Components    []string       // ARNs
	Parameters    map[int]string // of component i: JSON list of parameters
	VolumeGiB     int
	WorkDir       string
	Tags          map[string]string
	Parent        string
}

// MakeRecipe makes a recipe and returns its ARN.
func (s *Server) MakeRecipe(r Recipe) string {
	s.t.Helper()
	out, err := s.TryRecipe(r)
	if err != nil {
		s.t.Fatalf("making the recipe: %v\n%s", err, out)
	}
	var answer struct{ ImageRecipeArn string }
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		s.t.Fatal(err)
	}
	return answer.ImageRecipeArn
}

// TryRecipe is MakeRecipe for recipes that may be refused.
func (s *Server) TryRecipe(r Recipe) (string, error) {
	s.t.Helper()
	var list []string
	for i, arn := range r.Components {
		parameters := ""
		if p := r.Parameters[i]; p != "" {
			parameters = `,"parameters":` + p
		}
		list = append(list, fmt.Sprintf(`{"componentArn":%q%s}`, arn, parameters))
	}
	if r.Parent == "" {
		r.Parent = "arn:aws:imagebuilder:" + Region + ":aws:image/debian-12-x86/x.x.x"
	}
	args := []string{"imagebuilder", "create-image-recipe", "--name", r.Name, "--semantic-version", r.Version,
		"--parent-image", r.Parent, "--components", "[" + strings.Join(list, ",") + "]"}
	if r.VolumeGiB > 0 {
		args = append(args, "--block-device-mappings", fmt.Sprintf(`[{"deviceName":"/dev/xvda","ebs":{"volumeSize":%d}}]`, r.VolumeGiB))
	}
	if r.WorkDir != "" {
		args = append(args, "--working-directory", r.WorkDir)
	}
	if len(r.Tags) > 0 {
		text, err := json.Marshal(r.Tags)
		if err != nil {
			s.t.Fatal(err)
		}
		args = append(args, "--tags", string(text))
	}
	return s.TryAWS(args...)
}

// Infrastructure makes an infrastructure configuration and returns its ARN. Without
// types it has those of the demo.
func (s *Server) Infrastructure(name string, types ...string) string {
	s.t.Helper()
	if len(types) == 0 {
		types = []string{"t3.small", "m5.large"}
	}
	args := append([]string{"imagebuilder", "create-infrastructure-configuration", "--name", name,
		"--instance-profile-name", "EC2InstanceProfileForImageBuilder", "--resource-tags", "team=platform", "--instance-types"}, types...)
	return s.AWS(args...)["infrastructureConfigurationArn"].(string)
}

// Distribution makes the distribution configuration of the demo's job.
func (s *Server) Distribution(name string) string {
	s.t.Helper()
	ami := func(permission string) string {
		return fmt.Sprintf(`{"name":"%s {{ imagebuilder:buildDate }}","description":"A web server","amiTags":{"built":"{{ imagebuilder:buildDate }}"},"launchPermission":%s}`, name, permission)
	}
	text := fmt.Sprintf(`[{"region":%q,"amiDistributionConfiguration":%s},{"region":%q,"amiDistributionConfiguration":%s}]`,
		Region, ami(fmt.Sprintf(`{"organizationArns":[%q]}`, Organization)),
		SecondRegion, ami(fmt.Sprintf(`{"organizationalUnitArns":[%q],"userIds":[%q]}`, Unit, Partner)))
	return s.AWS("imagebuilder", "create-distribution-configuration", "--name", name, "--distributions", text)["distributionConfigurationArn"].(string)
}

// CreateImage starts a build; distribution may be empty.
func (s *Server) CreateImage(recipe, infrastructure, distribution string, tests bool) string {
	s.t.Helper()
	args := []string{"imagebuilder", "create-image", "--image-recipe-arn", recipe, "--infrastructure-configuration-arn", infrastructure,
		"--image-tests-configuration", fmt.Sprintf("imageTestsEnabled=%t,timeoutMinutes=60", tests)}
	if distribution != "" {
		args = append(args, "--distribution-configuration-arn", distribution)
	}
	return s.AWS(args...)["imageBuildVersionArn"].(string)
}

// AMIs returns the machine images of an image by region.
func (s *Server) AMIs(arn string) map[string]string {
	s.t.Helper()
	image := s.AWS("imagebuilder", "get-image", "--image-build-version-arn", arn)["image"].(map[string]any)
	all := map[string]string{}
	for _, a := range image["outputResources"].(map[string]any)["amis"].([]any) {
		ami := a.(map[string]any)
		all[ami["region"].(string)] = ami["image"].(string)
	}
	return all
}

// Report reads how the components got into an image from the outputs of the step
// that applied them.
func (s *Server) Report(arn string) (provenance string, why []string) {
	s.t.Helper()
	executions := s.AWS("imagebuilder", "list-workflow-executions", "--image-build-version-arn", arn)
	for _, e := range executions["workflowExecutions"].([]any) {
		id := e.(map[string]any)["workflowExecutionId"].(string)
		steps := s.AWS("imagebuilder", "list-workflow-step-executions", "--workflow-execution-id", id)
		for _, x := range steps["steps"].([]any) {
			step := x.(map[string]any)
			if step["name"] != "ApplyBuildComponents" {
				continue
			}
			var report struct {
				Provenance string
				Components []struct{ Why string }
			}
			if err := json.Unmarshal([]byte(step["outputs"].(string)), &report); err != nil {
				s.t.Fatal(err)
			}
			for _, c := range report.Components {
				why = append(why, c.Why)
			}
			return report.Provenance, why
		}
	}
	s.t.Fatalf("%s has no step that applied components", arn)
	return "", nil
}
