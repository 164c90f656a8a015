package engine_test

import (
	"cmp"
	"fmt"

	"ingot/api/imagebuilder"
)

// component makes a component and returns its build ARN.
func (r *rig) component(account, name, version, document string) string {
	r.t.Helper()
	out, err := r.service.CreateComponent(as(account), &imagebuilder.CreateComponentInput{
		Name: name, SemanticVersion: version, Platform: "Linux", Data: document, ClientToken: token(),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out.ComponentBuildVersionArn
}

// document returns a component document with one build step, which has a line of its own.
func document(line string) string {
	return "schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: Only\n        action: ExecuteBash\n        inputs:\n          commands:\n            - " + line + "\n"
}

// order describes a build; empty fields have defaults.
type order struct {
	account    string
	name       string            // of the image
	parent     string            // AMI in place of the managed image
	components []string          // ARNs
	parameters map[string]string // of each component
	tags       map[string]string
	gib        int // of the root volume
	tests      bool
	keep       bool
	regions    []imagebuilder.Distribution
	machine    string   // tag ingot:machine
	types      []string // of instances
	userData   string
}

// start starts a build and returns the image's ARN.
func (r *rig) start(o order) string {
	r.t.Helper()
	arn, err := r.try(o)
	if err != nil {
		r.t.Fatal(err)
	}
	return arn
}

func (r *rig) try(o order) (string, error) {
	r.t.Helper()
	in, err := r.input(&o)
	if err != nil {
		return "", err
	}
	out, err := r.service.CreateImage(as(o.account), in)
	if err != nil {
		return "", err
	}
	return out.ImageBuildVersionArn, nil
}

// prepare makes all that a build needs and returns the function that starts it.
func (r *rig) prepare(o order) func() string {
	r.t.Helper()
	in, err := r.input(&o)
	if err != nil {
		r.t.Fatal(err)
	}
	return func() string {
		in.ClientToken = token()
		out, err := r.service.CreateImage(as(o.account), in)
		if err != nil {
			r.t.Fatal(err)
		}
		return out.ImageBuildVersionArn
	}
}

func (o *order) given() (all []imagebuilder.ComponentParameter) {
	for name, value := range o.parameters {
		all = append(all, imagebuilder.ComponentParameter{Name: name, Value: []string{value}})
	}
	return all
}

// input makes recipe and configurations of an order.
func (r *rig) input(o *order) (*imagebuilder.CreateImageInput, error) {
	if o.account == "" {
		o.account = account
	}
	if o.types == nil {
		o.types = []string{"t3.micro"}
	}
	r.made++
	name := cmp.Or(o.name, fmt.Sprintf("thing-%d", r.made))
	ctx := as(o.account)
	recipe := &imagebuilder.CreateImageRecipeInput{
		Name: name, SemanticVersion: "1.0.0", ParentImage: "arn:aws:imagebuilder:" + region + ":aws:image/debian-12-x86/x.x.x",
		Tags: o.tags, ClientToken: token(),
	}
	if o.parent != "" {
		recipe.ParentImage = o.parent
	}
	for _, c := range o.components {
		recipe.Components = append(recipe.Components, imagebuilder.ComponentConfiguration{ComponentArn: c, Parameters: o.given()})
	}
	if o.gib > 0 {
		recipe.BlockDeviceMappings = []imagebuilder.InstanceBlockDeviceMapping{
			{DeviceName: "/dev/xvda", Ebs: &imagebuilder.EbsInstanceBlockDeviceSpecification{VolumeSize: &o.gib}},
		}
	}
	if o.userData != "" {
		recipe.AdditionalInstanceConfiguration = &imagebuilder.AdditionalInstanceConfiguration{UserDataOverride: o.userData}
	}
	made, err := r.service.CreateImageRecipe(ctx, recipe)
	if err != nil {
		return nil, err
	}
	infra := &imagebuilder.CreateInfrastructureConfigurationInput{
		Name: name, InstanceProfileName: "profile", InstanceTypes: o.types, TerminateInstanceOnFailure: ptr(!o.keep), ClientToken: token(),
	}
	if o.machine != "" {
		infra.Tags = map[string]string{"ingot:machine": o.machine}
	}
	on, err := r.service.CreateInfrastructureConfiguration(ctx, infra)
	if err != nil {
		return nil, err
	}
	in := &imagebuilder.CreateImageInput{
		ImageRecipeArn: made.ImageRecipeArn, InfrastructureConfigurationArn: on.InfrastructureConfigurationArn,
		ImageTestsConfiguration: &imagebuilder.ImageTestsConfiguration{ImageTestsEnabled: &o.tests}, ClientToken: token(),
	}
	if o.regions != nil {
		d, err := r.service.CreateDistributionConfiguration(ctx, &imagebuilder.CreateDistributionConfigurationInput{
			Name: name, Distributions: o.regions, ClientToken: token(),
		})
		if err != nil {
			return nil, err
		}
		in.DistributionConfigurationArn = d.DistributionConfigurationArn
	}
	return in, nil
}
