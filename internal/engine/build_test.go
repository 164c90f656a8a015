package engine_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"ingot/api/imagebuilder"
	"ingot/internal/artifact/disk"
	"ingot/internal/engine/nodes"
	"ingot/internal/machine/memory"
	"ingot/internal/store"
)

var twoRegions = []imagebuilder.Distribution{
	{Region: region, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{
		Name: "web {{ imagebuilder:buildDate:yyyyMMdd }} {{ imagebuilder:buildVersion }}", AmiTags: map[string]string{"version": "{{imagebuilder:buildVersion}}"},
		LaunchPermission: &imagebuilder.LaunchPermissionConfiguration{UserGroups: []string{"all"}},
	}},
	{Region: second, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{
		LaunchPermission: &imagebuilder.LaunchPermissionConfiguration{UserIds: []string{"444455556666"}},
	}},
}

func TestBuildToTwoRegions(t *testing.T) {
	r := newRig(t, memory.Config{})
	arn := r.start(order{components: []string{r.component(account, "one", "1.0.0", document("echo one"))}, tests: true, regions: twoRegions})
	image := r.available(arn)
	amis := image.OutputResources.Amis
	if len(amis) != 2 || amis[0].Region != region || amis[1].Region != second || amis[0].State.Status != "AVAILABLE" {
		t.Fatalf("outputs %+v", amis)
	}
	if !strings.HasSuffix(amis[0].Name, " 1") || strings.Contains(amis[0].Name, "{") || !strings.HasPrefix(amis[1].Name, image.Name+" 20") {
		t.Errorf("names %q and %q", amis[0].Name, amis[1].Name)
	}
	for i, want := range []store.Permission{{Group: "all"}, {UserID: "444455556666"}} {
		a, err := store.AMIByID(t.Context(), r.store.DB(), amis[i].Region, amis[i].Image)
		if err != nil || a.Staged || a.Tags["Ec2ImageBuilderArn"] != arn {
			t.Errorf("%+v, %v", a, err)
		}
		// The parent's disk is one file system, which no firmware starts.
		if a.BootMode != disk.BootBIOS || a.Architecture != disk.HostArchitecture() {
			t.Errorf("%s has boot mode %s and architecture %s", a.ID, a.BootMode, a.Architecture)
		}
		if got, err := store.Permissions(t.Context(), r.store.DB(), a.Account, a.Region, a.ID); err != nil || !slices.Equal(got, []store.Permission{want}) {
			t.Errorf("%s is shared with %v, %v", a.ID, got, err)
		}
		if _, err := r.regions().Path(a.Region, a.Digest); err != nil {
			t.Error(err)
		}
	}
	checkSteps(t, r, arn)
	if left := r.instances(); len(left) > 0 {
		t.Errorf("instances are left: %v", left)
	}
}

func checkSteps(t *testing.T, r *rig, arn string) {
	t.Helper()
	var names []string
	for _, s := range r.steps(arn) {
		names = append(names, s.Name)
		if s.Status != "COMPLETED" && s.Status != "SKIPPED" {
			t.Errorf("%s is %s: %s", s.Name, s.Status, s.Message)
		}
		if s.Status == "COMPLETED" && (s.Started == "" || s.Ended == "" || s.Inputs == "") {
			t.Errorf("%+v", s)
		}
	}
	want := "LaunchBuildInstance ApplyBuildComponents InventoryCollection RunSanitizeScript RunSysPrepScript CreateOutputAMI TerminateBuildInstance " +
		"LaunchTestInstance CollectImageScanFindings ApplyTestComponents TerminateTestInstance DistributeImage ModifyImageAttributes ApplyImageConfigurations"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("steps\n%s, want\n%s", got, want)
	}
}

// TestNodesOfASealedDiskAreTold reads in the log what was removed.
func TestNodesOfASealedDiskAreTold(t *testing.T) {
	r := newRig(t, memory.Config{})
	r.close()
	r.nodes = disk.Nodes{Found: 3, Named: []string{"/root/a\nb", "/boot/sda"}}
	r.open()
	arn := r.start(order{})
	r.available(arn)
	log := r.log(arn)
	for _, want := range []string{"3 device nodes", "3 were removed", `"/root/a\nb"`, `"/boot/sda"`, "and 1 more"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %q:\n%s", want, log)
		}
	}
}

// TestADiskThatMayHaveNodesBecomesNoImage and its build says why.
func TestADiskThatMayHaveNodesBecomesNoImage(t *testing.T) {
	for want, found := range map[string]disk.Nodes{
		"1 device nodes outside /dev could not be removed": {Found: 3, Left: 1, Named: []string{"/root/a", "/root/b", "/root/c"}},
		"more folders than are looked through":             {Unseen: true},
	} {
		r := newRig(t, memory.Config{})
		r.close()
		r.nodes = found
		r.open()
		arn := r.start(order{})
		image := r.await(arn)
		if image.State.Status != "FAILED" || !strings.Contains(image.State.Reason, want) {
			t.Errorf("%+v", image.State)
		}
		if log := r.log(arn); found.Left > 0 && (!strings.Contains(log, "2 were removed") || !strings.Contains(log, `"/root/c"`)) {
			t.Errorf("the log does not name them:\n%s", log)
		}
		r.empty()
	}
}

func TestTestsOff(t *testing.T) {
	r := newRig(t, memory.Config{})
	arn := r.start(order{})
	r.available(arn)
	for _, s := range r.steps(arn) {
		if strings.Contains(s.Name, "Test") {
			t.Errorf("%s was recorded", s.Name)
		}
	}
}

// decisions reads how the components got into an image.
func (r *rig) decisions(arn string) (provenance string, all []nodes.Decision) {
	r.t.Helper()
	for _, s := range r.steps(arn) {
		if s.Name != "ApplyBuildComponents" {
			continue
		}
		var report struct {
			Provenance string
			Components []nodes.Decision
		}
		if err := json.Unmarshal([]byte(s.Outputs), &report); err != nil {
			r.t.Fatal(err)
		}
		return report.Provenance, report.Components
	}
	r.t.Fatalf("%s has no step that applied components", arn)
	return "", nil
}

func TestLastComponentChanged(t *testing.T) {
	r := newRig(t, memory.Config{})
	one := r.component(account, "one", "1.0.0", document("echo one"))
	two := r.component(account, "two", "1.0.0", document("echo two"))
	r.available(r.start(order{components: []string{one, two}}))
	changed := r.component(account, "two", "1.0.1", document("echo changed"))
	second := r.start(order{components: []string{one, changed}})
	r.available(second)
	provenance, all := r.decisions(second)
	if provenance != "cached 1 of 2" || !all[0].Cached || all[0].Made == "" || all[1].Cached {
		t.Errorf("%s: %+v", provenance, all)
	}
	same := r.start(order{components: []string{one, changed}})
	r.available(same)
	if provenance, _ := r.decisions(same); provenance != "cached 2 of 2" {
		t.Errorf("the same again is %s", provenance)
	}
	off := r.start(order{components: []string{one, changed}, tags: map[string]string{"ingot:cache": "off"}})
	r.available(off)
	if provenance, all := r.decisions(off); provenance != "clean" || !strings.Contains(all[0].Why, "ingot:cache") {
		t.Errorf("with the cache off it is %s: %+v", provenance, all)
	}
}

func TestNodesBelongToOneAccount(t *testing.T) {
	r := newRig(t, memory.Config{})
	const other = "999988887777"
	r.available(r.start(order{components: []string{r.component(account, "one", "1.0.0", document("echo one"))}}))
	arn := r.start(order{account: other, components: []string{r.component(other, "one", "1.0.0", document("echo one"))}})
	r.available(arn)
	if provenance, _ := r.decisions(arn); provenance != "clean" {
		t.Errorf("another account's build is %s", provenance)
	}
}

func TestVolatileDocumentIsNeverCached(t *testing.T) {
	r := newRig(t, memory.Config{})
	one := r.component(account, "one", "1.0.0", document("echo $IMAGE_BUILD_VERSION_ARN"))
	r.available(r.start(order{components: []string{one}}))
	arn := r.start(order{components: []string{one}})
	r.available(arn)
	if provenance, all := r.decisions(arn); provenance != "clean" || !strings.Contains(all[0].Why, "IMAGE_BUILD_VERSION_ARN") {
		t.Errorf("%s: %+v", provenance, all)
	}
}

// TestVolatileParameterIsNeverCached: no image gets a value of another build.
func TestVolatileParameterIsNeverCached(t *testing.T) {
	r := newRig(t, memory.Config{})
	const parameters = "parameters:\n  - Line: {type: string}\n"
	one := r.component(account, "one", "1.0.0", strings.Replace(document("echo '{{ Line }}'"), "phases:", parameters+"phases:", 1))
	given := map[string]string{"Line": "$IMAGE_BUILD_VERSION_ARN"}
	r.available(r.start(order{components: []string{one}, parameters: given}))
	arn := r.start(order{components: []string{one}, parameters: given})
	r.available(arn)
	if provenance, all := r.decisions(arn); provenance != "clean" || !strings.Contains(all[0].Why, "IMAGE_BUILD_VERSION_ARN") {
		t.Errorf("%s: %+v", provenance, all)
	}
}

func TestIgnoredFieldsAreNamed(t *testing.T) {
	r := newRig(t, memory.Config{})
	arn := r.start(order{})
	r.available(arn)
	if log := r.log(arn); !strings.Contains(log, "instanceProfileName") {
		t.Errorf("the log names no field without effect:\n%s", log)
	}
}

func TestUnknownVariableIsRefused(t *testing.T) {
	r := newRig(t, memory.Config{})
	_, err := r.try(order{regions: []imagebuilder.Distribution{{Region: region, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{
		Name: "web {{ imagebuilder:buildDate }} {{ imagebuilder:moon }}"}}}})
	if err == nil || !strings.Contains(err.Error(), "imagebuilder:moon") {
		t.Errorf("%v", err)
	}
	if images, err := store.ImagesInProgress(context.Background(), r.store.DB()); err != nil || len(images) > 0 {
		t.Errorf("a refused build left %v, %v", images, err)
	}
}
