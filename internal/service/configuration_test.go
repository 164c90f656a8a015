package service_test

import (
	"strings"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
)

func TestInfrastructure(t *testing.T) {
	r := newRig(t)
	arn := r.infrastructure("Infra One")
	if arn != prefix+"infrastructure-configuration/infra-one" {
		t.Errorf("the ARN is %s", arn)
	}
	get := func() *imagebuilder.InfrastructureConfiguration {
		return must[imagebuilder.GetInfrastructureConfigurationOutput](t)(r.GetInfrastructureConfiguration(r.ctx,
			&imagebuilder.GetInfrastructureConfigurationInput{InfrastructureConfigurationArn: arn})).InfrastructureConfiguration
	}
	if c := get(); !*c.TerminateInstanceOnFailure || c.DateUpdated != "" || c.Name != "Infra One" {
		t.Errorf("it is %+v", c)
	}
	no := false
	must[imagebuilder.UpdateInfrastructureConfigurationOutput](t)(r.UpdateInfrastructureConfiguration(r.ctx, &imagebuilder.UpdateInfrastructureConfigurationInput{
		InfrastructureConfigurationArn: arn, InstanceProfileName: "q", TerminateInstanceOnFailure: &no, InstanceTypes: []string{"t3.large"}}))
	if c := get(); *c.TerminateInstanceOnFailure || c.DateUpdated == "" || c.Name != "Infra One" || c.InstanceProfileName != "q" {
		t.Errorf("after the update it is %+v", c)
	}
	type input = imagebuilder.CreateInfrastructureConfigurationInput
	for what, c := range map[string]struct {
		in   input
		code ingot.Code
	}{
		"the same name":  {input{Name: "INFRA_one"}, ingot.AlreadyExists},
		"subnet alone":   {input{Name: "other", SubnetId: "subnet-1"}, ingot.InvalidParameterCombination},
		"reserved tag":   {input{Name: "other", ResourceTags: map[string]string{"CreatedBy": "me"}}, ingot.InvalidParameterValue},
		"two placements": {input{Name: "other", Placement: &imagebuilder.Placement{HostId: "h", HostResourceGroupArn: "a", Tenancy: "host"}}, ingot.InvalidParameterCombination},
		"host, no host":  {input{Name: "other", Placement: &imagebuilder.Placement{HostId: "h"}}, ingot.InvalidParameterCombination},
	} {
		out, err := r.CreateInfrastructureConfiguration(r.ctx, &c.in)
		refused[imagebuilder.CreateInfrastructureConfigurationOutput](t, what, c.code)(out, err)
	}
	if l := must[imagebuilder.ListInfrastructureConfigurationsOutput](t)(r.ListInfrastructureConfigurations(r.ctx, &imagebuilder.ListInfrastructureConfigurationsInput{})); len(l.InfrastructureConfigurationSummaryList) != 1 {
		t.Errorf("the list is %+v", l)
	}
}

func TestDistribution(t *testing.T) {
	r := newRig(t)
	arn := r.distribution("dist")
	c := must[imagebuilder.GetDistributionConfigurationOutput](t)(r.GetDistributionConfiguration(r.ctx,
		&imagebuilder.GetDistributionConfigurationInput{DistributionConfigurationArn: arn})).DistributionConfiguration
	if *c.TimeoutMinutes != 720 || len(c.Distributions) != 2 || c.DateUpdated != "" {
		t.Errorf("it is %+v", c)
	}
	row := must[imagebuilder.ListDistributionConfigurationsOutput](t)(r.ListDistributionConfigurations(r.ctx, &imagebuilder.ListDistributionConfigurationsInput{}))
	if got := row.DistributionConfigurationSummaryList[0].Regions; strings.Join(got, " ") != "us-east-1 eu-west-1" {
		t.Errorf("the regions are %v", got)
	}
	ami := &imagebuilder.AmiDistributionConfiguration{}
	everyone := &imagebuilder.AmiDistributionConfiguration{LaunchPermission: &imagebuilder.LaunchPermissionConfiguration{UserGroups: []string{"some"}}}
	fixed := &imagebuilder.AmiDistributionConfiguration{Name: "golden {{ imagebuilder:buildVersion }}"}
	beyond := &imagebuilder.AmiDistributionConfiguration{LaunchPermission: &imagebuilder.LaunchPermissionConfiguration{
		OrganizationalUnitArns: []string{"arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-ab12-abcdefgh/more"}}}
	for what, c := range map[string]struct {
		all  []imagebuilder.Distribution
		says string
	}{
		"none":      {nil, "'distributions'"},
		"twice":     {[]imagebuilder.Distribution{{Region: "us-east-1", AmiDistributionConfiguration: ami}, {Region: "us-east-1", AmiDistributionConfiguration: ami}}, "distributions[1].region"},
		"no output": {[]imagebuilder.Distribution{{Region: "us-east-1"}}, "'distributions[0]' is not valid. One or more outputs"},
		"a path":    {[]imagebuilder.Distribution{{Region: "../../etc", AmiDistributionConfiguration: ami}}, "distributions[0].region"},
		"no date": {[]imagebuilder.Distribution{{Region: "us-east-1", AmiDistributionConfiguration: ami}, {Region: "eu-west-1", AmiDistributionConfiguration: fixed}},
			"The value supplied for parameter 'distributions[1].amiDistributionConfiguration.name' is not valid. The EC2 AMI name must contain '{{ imagebuilder:buildDate }}' to ensure that the name will be unique."},
		"no unit":      {[]imagebuilder.Distribution{{Region: "us-east-1", AmiDistributionConfiguration: beyond}}, "organizationalUnitArns[0]"},
		"unknown user": {[]imagebuilder.Distribution{{Region: "us-east-1", AmiDistributionConfiguration: everyone}}, "userGroups[0]"},
	} {
		out, err := r.CreateDistributionConfiguration(r.ctx, &imagebuilder.CreateDistributionConfigurationInput{Name: "bad", Distributions: c.all})
		refused[imagebuilder.CreateDistributionConfigurationOutput](t, what, ingot.InvalidParameterValue)(out, err)
		if err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", what, err, c.says)
		}
		updated, err := r.UpdateDistributionConfiguration(r.ctx, &imagebuilder.UpdateDistributionConfigurationInput{DistributionConfigurationArn: arn, Distributions: c.all})
		refused[imagebuilder.UpdateDistributionConfigurationOutput](t, what+" on update", ingot.InvalidParameterValue)(updated, err)
	}
	for _, name := range []string{"a {{imagebuilder:buildDate}}", "{{  imagebuilder:buildDate  }} b", "c {{ imagebuilder:buildDate:yyyyMMdd }}", ""} {
		must[imagebuilder.UpdateDistributionConfigurationOutput](t)(r.UpdateDistributionConfiguration(r.ctx, &imagebuilder.UpdateDistributionConfigurationInput{
			DistributionConfigurationArn: arn, Distributions: []imagebuilder.Distribution{{Region: "eu-west-1", AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{Name: name}}}}))
	}
	must[imagebuilder.UpdateDistributionConfigurationOutput](t)(r.UpdateDistributionConfiguration(r.ctx, &imagebuilder.UpdateDistributionConfigurationInput{
		DistributionConfigurationArn: arn, Distributions: []imagebuilder.Distribution{{Region: "eu-west-1", AmiDistributionConfiguration: ami}}}))
	must[imagebuilder.DeleteDistributionConfigurationOutput](t)(r.DeleteDistributionConfiguration(r.ctx,
		&imagebuilder.DeleteDistributionConfigurationInput{DistributionConfigurationArn: arn}))
	out, err := r.GetDistributionConfiguration(r.ctx, &imagebuilder.GetDistributionConfigurationInput{DistributionConfigurationArn: arn})
	refused[imagebuilder.GetDistributionConfigurationOutput](t, "get after delete", ingot.NotFound)(out, err)
}

func TestPipeline(t *testing.T) {
	r := newRig(t)
	recipe, infra, dist := r.recipe("web", "1.0.0"), r.infrastructure("infra"), r.distribution("dist")
	arn := r.pipeline("pipe", prefix+"image-recipe/web/x.x.x", infra, dist)
	get := func() *imagebuilder.ImagePipeline {
		return must[imagebuilder.GetImagePipelineOutput](t)(r.GetImagePipeline(r.ctx, &imagebuilder.GetImagePipelineInput{ImagePipelineArn: arn})).ImagePipeline
	}
	p := get()
	if p.Status != "ENABLED" || !*p.EnhancedImageMetadataEnabled || !*p.ImageTestsConfiguration.ImageTestsEnabled || *p.ImageTestsConfiguration.TimeoutMinutes != 720 ||
		p.Platform != "Linux" || p.DateUpdated != p.DateCreated || p.ImageRecipeArn != prefix+"image-recipe/web/x.x.x" || p.LastRunStatus != "" {
		t.Errorf("it is %+v", p)
	}
	for what, err := range map[string]error{
		"recipe":         second(r.DeleteImageRecipe(r.ctx, &imagebuilder.DeleteImageRecipeInput{ImageRecipeArn: recipe})),
		"infrastructure": second(r.DeleteInfrastructureConfiguration(r.ctx, &imagebuilder.DeleteInfrastructureConfigurationInput{InfrastructureConfigurationArn: infra})),
		"distribution":   second(r.DeleteDistributionConfiguration(r.ctx, &imagebuilder.DeleteDistributionConfigurationInput{DistributionConfigurationArn: dist})),
	} {
		if ingot.CodeOf(err) != ingot.Dependency {
			t.Errorf("delete of its %s: %v", what, err)
		}
	}
	must[imagebuilder.UpdateImagePipelineOutput](t)(r.UpdateImagePipeline(r.ctx, &imagebuilder.UpdateImagePipelineInput{
		ImagePipelineArn: arn, ImageRecipeArn: recipe, InfrastructureConfigurationArn: infra, Status: "DISABLED"}))
	if p := get(); p.DistributionConfigurationArn != "" || p.Status != "DISABLED" || p.Name != "pipe" {
		t.Errorf("after the update it is %+v", p)
	}
	image := must[imagebuilder.StartImagePipelineExecutionOutput](t)(r.StartImagePipelineExecution(r.ctx,
		&imagebuilder.StartImagePipelineExecutionInput{ImagePipelineArn: arn, Tags: map[string]string{"a": "b"}})).ImageBuildVersionArn
	if i := r.get(image); i.SourcePipelineArn != arn || i.SourcePipelineName != "pipe" || i.Tags["a"] != "b" {
		t.Errorf("the image is %+v", i)
	}
	if p := get(); p.LastRunStatus != "PENDING" {
		t.Errorf("the last run is %s", p.LastRunStatus)
	}
	of := must[imagebuilder.ListImagePipelineImagesOutput](t)(r.ListImagePipelineImages(r.ctx, &imagebuilder.ListImagePipelineImagesInput{ImagePipelineArn: arn}))
	if len(of.ImageSummaryList) != 1 || of.ImageSummaryList[0].Arn != image {
		t.Errorf("its images are %+v", of)
	}
	must[imagebuilder.DeleteImagePipelineOutput](t)(r.DeleteImagePipeline(r.ctx, &imagebuilder.DeleteImagePipelineInput{ImagePipelineArn: arn}))
	must[imagebuilder.DeleteImageRecipeOutput](t)(r.DeleteImageRecipe(r.ctx, &imagebuilder.DeleteImageRecipeInput{ImageRecipeArn: recipe}))
}

func second[Out any](_ *Out, err error) error { return err }

func TestPipelineRefused(t *testing.T) {
	r := newRig(t)
	recipe, infra := r.recipe("web", "1.0.0"), r.infrastructure("infra")
	yes := true
	container := prefix + "container-recipe/c/1.0.0"
	workflows := []imagebuilder.WorkflowConfiguration{{WorkflowArn: "arn:aws:imagebuilder:us-east-1:aws:workflow/build/build-image/x.x.x"}}
	type input = imagebuilder.CreateImagePipelineInput
	for what, c := range map[string]struct {
		change func(*input)
		code   ingot.Code
		says   string
	}{
		"two recipes":       {func(in *input) { in.ContainerRecipeArn = container }, ingot.InvalidParameterCombination, "containerRecipeArn"},
		"no recipe":         {func(in *input) { in.ImageRecipeArn = "" }, ingot.InvalidParameterCombination, "containerRecipeArn"},
		"container":         {func(in *input) { in.ImageRecipeArn, in.ContainerRecipeArn = "", container }, ingot.InvalidRequest, "not implemented yet"},
		"workflow, no role": {func(in *input) { in.Workflows = workflows }, ingot.InvalidParameterCombination, "An execution role is required to provide workflows"},
		"workflows":         {func(in *input) { in.Workflows, in.ExecutionRole = workflows, "r" }, ingot.InvalidRequest, "managed workflows"},
		"schedule":          {func(in *input) { in.Schedule = &imagebuilder.Schedule{} }, ingot.InvalidRequest, "StartImagePipelineExecution"},
		"scanning": {func(in *input) {
			in.ImageScanningConfiguration = &imagebuilder.ImageScanningConfiguration{ImageScanningEnabled: &yes}
		}, ingot.InvalidRequest, "imageScanningEnabled"},
		"log group": {func(in *input) {
			in.LoggingConfiguration = &imagebuilder.PipelineLoggingConfiguration{ImageLogGroupName: "/other"}
		}, ingot.InvalidParameterCombination, "/other"},
		"no infrastructure": {func(in *input) { in.InfrastructureConfigurationArn = infra + "x" }, ingot.NotFound, "infrax"},
		"another kind":      {func(in *input) { in.InfrastructureConfigurationArn = recipe }, ingot.InvalidParameterValue, "infrastructure configuration"},
	} {
		in := &input{Name: "pipe", ImageRecipeArn: recipe, InfrastructureConfigurationArn: infra}
		c.change(in)
		out, err := r.CreateImagePipeline(r.ctx, in)
		refused[imagebuilder.CreateImagePipelineOutput](t, what, c.code)(out, err)
		if err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", what, err, c.says)
		}
	}
}
