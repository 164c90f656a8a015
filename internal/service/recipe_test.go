package service_test

import (
	"errors"
	"strings"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
)

const strict = `schemaVersion: 1.0
parameters:
  - Count:
      type: Integer
  - Colour:
      type: string
      default: red
      allowedValues: [red, blue]
phases:
  - name: build
    steps:
      - name: Say
        action: ExecuteBash
        inputs:
          commands: ["echo {{ Count }} {{ Colour }}"]
`

func TestRecipeRefused(t *testing.T) {
	r := newRig(t)
	web := r.component("web", "1.0.0", "1")
	in := componentInput("strict", "1.0.0", "")
	in.Data = strict
	counted := must[imagebuilder.CreateComponentOutput](t)(r.CreateComponent(r.ctx, in)).ComponentBuildVersionArn
	in = componentInput("mac", "1.0.0", "1")
	in.Platform = "macOS"
	mac := must[imagebuilder.CreateComponentOutput](t)(r.CreateComponent(r.ctx, in)).ComponentBuildVersionArn

	use := func(arn string, parameters ...string) []imagebuilder.ComponentConfiguration {
		c := imagebuilder.ComponentConfiguration{ComponentArn: arn}
		for _, p := range parameters {
			name, value, _ := strings.Cut(p, "=")
			c.Parameters = append(c.Parameters, imagebuilder.ComponentParameter{Name: name, Value: []string{value}})
		}
		return []imagebuilder.ComponentConfiguration{c}
	}
	device := func(name string, size int) []imagebuilder.InstanceBlockDeviceMapping {
		return []imagebuilder.InstanceBlockDeviceMapping{{DeviceName: name, Ebs: &imagebuilder.EbsInstanceBlockDeviceSpecification{VolumeSize: &size}}}
	}
	type input = imagebuilder.CreateImageRecipeInput
	for _, c := range []struct {
		what   string
		change func(*input)
		code   ingot.Code // empty: it works
		says   string
	}{
		{"all right", func(*input) {}, "", ""},
		{"root volume", func(in *input) { in.BlockDeviceMappings = device("/dev/sda1", 4) }, "", ""},
		{"unknown component", func(in *input) { in.Components = use(prefix + "component/none/1.0.0/1") }, ingot.NotFound,
			"The following required resource 'Component' cannot be found: '" + prefix + "component/none/1.0.0/1'."},
		{"unknown parameters", func(in *input) { in.Components = use(web, "Nothing=1", "Greeting=hi", "Nowhere=2", "Nothing=3") }, ingot.InvalidParameterCombination,
			"The value supplied for parameter 'components[0].parameters' is not valid. The following parameters are not defined in the provided component: Nothing, Nowhere"},
		{"missing parameter", func(in *input) { in.Components = use(counted) }, ingot.InvalidParameterValue, "Count"},
		{"wrong type", func(in *input) { in.Components = use(counted, "Count=many") }, ingot.InvalidParameterValue, "many"},
		{"not allowed", func(in *input) { in.Components = use(counted, "Count=1", "Colour=green") }, ingot.InvalidParameterValue, "blue"},
		{"twice", func(in *input) { in.Components = use(counted, "Count=1", "Count=2") }, ingot.InvalidParameterValue, "twice"},
		{"all parameters", func(in *input) { in.Components = use(counted, "Count=1", "Colour=blue") }, "", ""},
		{"wrong platform", func(in *input) { in.Components = use(mac) }, ingot.InvalidParameterValue, "macOS"},
		{"the same component", func(in *input) { in.Components = append(use(web), use(prefix+"component/web/x.x.x")...) }, ingot.InvalidParameterValue, "components[1]"},
		{"no parent", func(in *input) { in.ParentImage = strings.Replace(debian, "12", "13", 1) }, ingot.NotFound,
			"The following required resource 'Image' cannot be found: 'arn:aws:imagebuilder:us-east-1:aws:image/debian-13-x86/x.x.x'. On the server's host, `ingot image pull"},
		{"no AMI", func(in *input) { in.ParentImage = "ami-0123456789abcdef0" }, ingot.InvalidParameterValue, "ami-0123456789abcdef0"},
		{"a parameter as parent", func(in *input) { in.ParentImage = "ssm:/x" }, ingot.InvalidRequest, "ssm:/x"},
		{"another device", func(in *input) { in.BlockDeviceMappings = device("/dev/xvdb", 4) }, ingot.InvalidRequest, "/dev/xvdb"},
		{"no volume", func(in *input) { in.BlockDeviceMappings = device("/dev/xvda", 0) }, ingot.InvalidParameterValue, "volumeSize"},
		{"two roots", func(in *input) {
			in.BlockDeviceMappings = append(device("/dev/xvda", 4), device("/dev/sda1", 4)...)
		}, ingot.InvalidParameterValue, "twice"},
		{"no device name", func(in *input) { in.BlockDeviceMappings = device("", 4) }, ingot.InvalidParameterValue,
			"The value supplied for parameter 'blockDeviceMappings[0].deviceName' is not valid. deviceName is required; the root device is /dev/xvda or /dev/sda1."},
		{"no version", func(in *input) { in.SemanticVersion = "1.y.2" }, ingot.InvalidVersionNumber, "y"},
		{"watermarks", func(in *input) { in.AmiWatermarks = []string{"abc"} }, ingot.InvalidRequest, "amiWatermarks"},
	} {
		in := &input{Name: strings.ReplaceAll("recipe "+c.what, " ", "-"), SemanticVersion: "1.0.0", ParentImage: debian, Components: use(web)}
		c.change(in)
		out, err := r.CreateImageRecipe(r.ctx, in)
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
			continue
		}
		refused[imagebuilder.CreateImageRecipeOutput](t, c.what, c.code)(out, err)
		if err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.what, err, c.says)
		}
	}
}

func TestRecipeVersions(t *testing.T) {
	r := newRig(t)
	r.recipe("web", "1.0.0")
	again := &imagebuilder.CreateImageRecipeInput{Name: "Web", SemanticVersion: "1.0.0", ParentImage: debian}
	out, err := r.CreateImageRecipe(r.ctx, again)
	refused[imagebuilder.CreateImageRecipeOutput](t, "the same again", ingot.AlreadyExists)(out, err)
	if e, ok := errors.AsType[*ingot.Error](err); ok && e.Message != "The following resource 'ImageRecipe' already exists: '"+prefix+"image-recipe/web/1.0.0'." {
		t.Errorf("the sentence is %v", err)
	}
	for _, c := range [][2]string{
		{"1.0.x", "1.0.1"}, {"1.0.x", "1.0.2"}, {"1.x.x", "1.1.0"}, {"x.x.x", "2.0.0"}, {"1.0.x", "1.0.3"}, {"5.0.x", "5.0.0"},
		{"1.x.0", "1.2.0"}, {"1.x.0", "1.3.0"}, {"1.x.7", "1.4.0"}, {"x.0.0", "6.0.0"}, {"x.3.x", "7.0.0"}, {"9.x.0", "9.0.0"}, {"1.3.x", "1.3.1"},
	} {
		if got := r.recipe("web", c[0]); got != prefix+"image-recipe/web/"+c[1] {
			t.Errorf("%s gives %s, want %s", c[0], got, c[1])
		}
	}
	get := must[imagebuilder.GetImageRecipeOutput](t)(r.GetImageRecipe(r.ctx, &imagebuilder.GetImageRecipeInput{ImageRecipeArn: prefix + "image-recipe/web/1.x.x"}))
	if v := get.ImageRecipe; v.Version != "1.4.0" || v.ParentImage != debian || v.Platform != "Linux" || v.Type != "AMI" || v.Owner != account {
		t.Errorf("1.x.x is %+v", v)
	}
	gone, err := r.DeleteImageRecipe(r.ctx, &imagebuilder.DeleteImageRecipeInput{ImageRecipeArn: prefix + "image-recipe/web/x.x.x"})
	refused[imagebuilder.DeleteImageRecipeOutput](t, "delete of a wildcard", ingot.InvalidRequest)(gone, err)
}

func TestOnlyAvailableImagesAreParents(t *testing.T) {
	r := newRig(t)
	recipe, infra := r.recipe("base", "1.0.0"), r.infrastructure("infra")
	first := r.image(recipe, infra)
	try := func(parent string) (*imagebuilder.CreateImageRecipeOutput, error) {
		return r.CreateImageRecipe(r.ctx, &imagebuilder.CreateImageRecipeInput{Name: "child", SemanticVersion: "x.x.x", ParentImage: parent})
	}
	refused[imagebuilder.CreateImageRecipeOutput](t, "pattern without an AVAILABLE image", ingot.NotFound)(try(prefix + "image/base/x.x.x"))
	refused[imagebuilder.CreateImageRecipeOutput](t, "an image that is PENDING", ingot.InvalidRequest)(try(first))
	r.become(first, ingot.Available)
	r.image(recipe, infra) // a newer one, PENDING
	must[imagebuilder.CreateImageRecipeOutput](t)(try(prefix + "image/base/1.0.0"))
	must[imagebuilder.CreateImageRecipeOutput](t)(try(first))
	out, err := r.DeleteImage(r.ctx, &imagebuilder.DeleteImageInput{ImageBuildVersionArn: first})
	refused[imagebuilder.DeleteImageOutput](t, "delete of a parent", ingot.Dependency)(out, err)
}
