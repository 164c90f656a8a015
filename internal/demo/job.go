package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder/types"

	"ingot"
)

// Names of the demo's resources, and with whom it shares the image.
const (
	name         = "ingot-demo"
	greeting     = "Hello"
	organization = "arn:aws:organizations::123456789012:organization/o-a1b2c3d4e5"
	unit         = "arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-11111111"
	partner      = "210987654321"
	secondRegion = "eu-west-1"
)

// job is what has been made so far.
type job struct {
	components []string // ARNs, in the order of the recipe
	versions   []string
	recipe     string
	infra      string
	distro     string
	pipeline   string
}

// order of the components in the recipe.
var order = []string{"web", "harden", "stamp"}

// prepare makes what both builds share.
func (d *demo) prepare(ctx context.Context) (*job, error) {
	j := &job{components: make([]string, len(order)), versions: make([]string, len(order))}
	for i := range order {
		if err := d.component(ctx, j, i); err != nil {
			return nil, err
		}
	}
	if err := d.infrastructure(ctx, j); err != nil {
		return nil, err
	}
	return j, d.distribution(ctx, j)
}

// component makes the next version of component i.
func (d *demo) component(ctx context.Context, j *job, i int) error {
	version, err := d.nextVersion(ctx, order[i])
	if err != nil {
		return err
	}
	text, err := components.ReadFile("components/" + order[i] + ".yaml")
	if err != nil {
		return err
	}
	data := strings.ReplaceAll(string(text), "@RELEASE@", version)
	in := &imagebuilder.CreateComponentInput{
		Name: aws.String(name + "-" + order[i]), SemanticVersion: aws.String(version), Platform: types.PlatformLinux,
		Data: aws.String(data), Tags: map[string]string{"demo": "ingot"},
	}
	d.say("CreateComponent", in, map[string]string{"Data": fromFile(order[i], string(text), version)})
	out, err := d.builder.CreateComponent(ctx, in)
	if err != nil {
		return err
	}
	j.components[i], j.versions[i] = aws.ToString(out.ComponentBuildVersionArn), version
	d.answer("%s", j.components[i])
	return nil
}

// fromFile returns a component's document as a shell reads it from this repository.
func fromFile(name, text, version string) string {
	file := "internal/demo/components/" + name + ".yaml"
	if !strings.Contains(text, "@RELEASE@") {
		return "file://" + file
	}
	return fmt.Sprintf(`"$(sed s/@RELEASE@/%s/g %s)"`, version, file)
}

// nextVersion returns 1.0.0, or the highest existing version with the patch raised by
// one.
func (d *demo) nextVersion(ctx context.Context, component string) (string, error) {
	pages := imagebuilder.NewListComponentsPaginator(d.builder, &imagebuilder.ListComponentsInput{
		Owner:   types.OwnershipSelf,
		Filters: []types.Filter{{Name: aws.String("name"), Values: []string{name + "-" + component}}},
	})
	highest := ingot.NewVersion(1, 0, -1)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, c := range page.ComponentVersionList {
			if v, err := ingot.ParseVersion(aws.ToString(c.Version)); err == nil && v.Compare(highest) > 0 {
				highest = v
			}
		}
	}
	return ingot.NewVersion(highest.Node(0), highest.Node(1), highest.Node(2)+1).String(), nil
}

// makeRecipe makes a recipe of the present components; the service chooses the version.
func (d *demo) makeRecipe(ctx context.Context, j *job) error {
	in := &imagebuilder.CreateImageRecipeInput{
		Name: aws.String(name), SemanticVersion: aws.String("1.0.x"),
		ParentImage: aws.String(fmt.Sprintf("arn:aws:imagebuilder:%s:aws:image/debian-12-x86/x.x.x", d.Region)),
		Components: []types.ComponentConfiguration{
			{ComponentArn: &j.components[0], Parameters: []types.ComponentParameter{{Name: aws.String("Greeting"), Value: []string{greeting}}}},
			{ComponentArn: &j.components[1]}, {ComponentArn: &j.components[2]},
		},
		BlockDeviceMappings: []types.InstanceBlockDeviceMapping{
			{DeviceName: aws.String("/dev/xvda"), Ebs: &types.EbsInstanceBlockDeviceSpecification{VolumeSize: aws.Int32(4)}},
		},
		WorkingDirectory: aws.String("/var/tmp/build"), Tags: map[string]string{"demo": "ingot"},
	}
	d.say("CreateImageRecipe", in, nil)
	out, err := d.builder.CreateImageRecipe(ctx, in)
	if err != nil {
		return err
	}
	j.recipe = aws.ToString(out.ImageRecipeArn)
	d.answer("%s", j.recipe)
	return nil
}

func (d *demo) infrastructure(ctx context.Context, j *job) error {
	in := &imagebuilder.CreateInfrastructureConfigurationInput{
		Name: aws.String(name), InstanceProfileName: aws.String("EC2InstanceProfileForImageBuilder"),
		InstanceTypes: []string{"t3.small", "m5.large"}, TerminateInstanceOnFailure: aws.Bool(true),
		ResourceTags: map[string]string{"team": "platform"},
	}
	d.say("CreateInfrastructureConfiguration", in, nil)
	out, err := d.builder.CreateInfrastructureConfiguration(ctx, in)
	j.infra = d.arn("infrastructure-configuration")
	if exists(err) {
		d.answer("it is there already: %s", j.infra)
		return nil
	}
	if err == nil {
		d.answer("%s", aws.ToString(out.InfrastructureConfigurationArn))
	}
	return err
}

func (d *demo) distribution(ctx context.Context, j *job) error {
	ami := func(p types.LaunchPermissionConfiguration) *types.AmiDistributionConfiguration {
		return &types.AmiDistributionConfiguration{
			Name: aws.String("web {{ imagebuilder:buildDate }}"), Description: aws.String("A hardened web server"),
			AmiTags: map[string]string{"built": "{{ imagebuilder:buildDate }}"}, LaunchPermission: &p,
		}
	}
	in := &imagebuilder.CreateDistributionConfigurationInput{
		Name: aws.String(name),
		Distributions: []types.Distribution{
			{Region: aws.String(d.Region), AmiDistributionConfiguration: ami(types.LaunchPermissionConfiguration{OrganizationArns: []string{organization}})},
			{Region: aws.String(secondRegion), AmiDistributionConfiguration: ami(types.LaunchPermissionConfiguration{
				OrganizationalUnitArns: []string{unit}, UserIds: []string{partner},
			})},
		},
	}
	d.say("CreateDistributionConfiguration", in, nil)
	out, err := d.builder.CreateDistributionConfiguration(ctx, in)
	j.distro = d.arn("distribution-configuration")
	if exists(err) {
		d.answer("it is there already: %s", j.distro)
		return nil
	}
	if err == nil {
		d.answer("%s", aws.ToString(out.DistributionConfigurationArn))
	}
	return err
}

func (d *demo) arn(kind string) string {
	return fmt.Sprintf("arn:aws:imagebuilder:%s:%s:%s/%s", d.Region, d.account, kind, name)
}

// exists reports whether an error says that the name is taken.
func exists(err error) bool {
	var e *types.ResourceAlreadyExistsException
	return errors.As(err, &e)
}

// first makes recipe and pipeline, or sets the recipe of an earlier run's pipeline.
func (d *demo) first(ctx context.Context, j *job) error {
	if err := d.makeRecipe(ctx, j); err != nil {
		return err
	}
	in := &imagebuilder.CreateImagePipelineInput{
		Name: aws.String(name), ImageRecipeArn: &j.recipe, InfrastructureConfigurationArn: &j.infra,
		DistributionConfigurationArn: &j.distro,
		ImageTestsConfiguration:      &types.ImageTestsConfiguration{ImageTestsEnabled: aws.Bool(true)},
	}
	d.say("CreateImagePipeline", in, nil)
	out, err := d.builder.CreateImagePipeline(ctx, in)
	j.pipeline = d.arn("image-pipeline")
	if exists(err) {
		d.answer("it is there already: %s", j.pipeline)
		return d.updatePipeline(ctx, j)
	}
	if err == nil {
		d.answer("%s", aws.ToString(out.ImagePipelineArn))
	}
	return err
}

func (d *demo) updatePipeline(ctx context.Context, j *job) error {
	in := &imagebuilder.UpdateImagePipelineInput{
		ImagePipelineArn: &j.pipeline, ImageRecipeArn: &j.recipe, InfrastructureConfigurationArn: &j.infra,
		DistributionConfigurationArn: &j.distro,
		ImageTestsConfiguration:      &types.ImageTestsConfiguration{ImageTestsEnabled: aws.Bool(true)},
	}
	d.say("UpdateImagePipeline", in, nil)
	_, err := d.builder.UpdateImagePipeline(ctx, in)
	return err
}

// oneLine makes a new version of the last component, which writes another line.
func (d *demo) oneLine(ctx context.Context, j *job) error {
	if err := d.component(ctx, j, len(order)-1); err != nil {
		return err
	}
	if err := d.makeRecipe(ctx, j); err != nil {
		return err
	}
	return d.updatePipeline(ctx, j)
}
