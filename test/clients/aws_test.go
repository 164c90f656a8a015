package clients_test

import (
	"regexp"
	"testing"

	"ingot/internal/api/apitest"
)

const (
	parent = "arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/x.x.x"
	debian = "arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/12.0.0/1"
)

// TestJobOfAUser goes from a component to an image, and cleans up, as the guide does.
// A call of the CLI takes a second or more of start-up, so what it reads, lists and
// deletes is a choice; testdata/everything.py goes through all of it.
func TestJobOfAUser(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	component := c.ok("imagebuilder", "create-component", "--name", "My Web", "--semantic-version", "1.0.0", "--platform", "Linux",
		"--data", file(t, "web.yaml"), "--tags", "team=web").text("componentBuildVersionArn")
	recipe := c.ok("imagebuilder", "create-image-recipe", "--name", "golden", "--semantic-version", "1.0.0", "--parent-image", parent,
		"--components", `[{"componentArn":"`+component+`","parameters":[{"name":"Greeting","value":["good day"]}]}]`,
		"--block-device-mappings", `[{"deviceName":"/dev/xvda","ebs":{"volumeSize":4}}]`).text("imageRecipeArn")
	infrastructure := c.ok("imagebuilder", "create-infrastructure-configuration", "--name", "small", "--instance-profile-name", "p",
		"--instance-types", "t3.small", "t3.medium", "--terminate-instance-on-failure", "--resource-tags", "a=b").text("infrastructureConfigurationArn")
	distribution := c.ok("imagebuilder", "create-distribution-configuration", "--name", "two", "--distributions", file(t, "distributions.json")).text("distributionConfigurationArn")
	pipeline := c.ok("imagebuilder", "create-image-pipeline", "--name", "nightly", "--image-recipe-arn", recipe,
		"--infrastructure-configuration-arn", infrastructure, "--distribution-configuration-arn", distribution).text("imagePipelineArn")
	image := c.ok("imagebuilder", "start-image-pipeline-execution", "--image-pipeline-arn", pipeline).text("imageBuildVersionArn")

	c.get(component, recipe, pipeline, image)
	c.list()

	c.ok("imagebuilder", "cancel-image-creation", "--image-build-version-arn", image)
	c.refused("An error occurred (ResourceDependencyException) when calling the DeleteImageRecipe operation: Resource dependency error: The resource ARN '"+recipe+"' has other resources depended on it.",
		"imagebuilder", "delete-image-recipe", "--image-recipe-arn", recipe)
	c.ok("imagebuilder", "delete-image-pipeline", "--image-pipeline-arn", pipeline)
	c.ok("imagebuilder", "delete-image-recipe", "--image-recipe-arn", recipe)
	c.ok("imagebuilder", "delete-component", "--component-build-version-arn", component)
	c.refused("An error occurred (ResourceNotFoundException) when calling the GetImagePipeline operation: The following required resource 'ImagePipeline' cannot be found: '"+pipeline+"'.",
		"imagebuilder", "get-image-pipeline", "--image-pipeline-arn", pipeline)
}

// get reads the job back.
func (c *cli) get(component, recipe, pipeline, image string) {
	c.t.Helper()
	c.same(c.ok("imagebuilder", "get-component", "--component-build-version-arn", prefix+"component/my-web/x.x.x"), map[string]any{
		"component.arn": component, "component.name": "My Web", "component.version": "1.0.0", "component.type": "BUILD",
		"component.owner": apitest.Account, "component.tags": map[string]string{"team": "web"}, "component.encrypted": true,
		"latestVersionReferences.latestMajorVersionArn": prefix + "component/my-web/1.x.x",
	})
	c.same(c.ok("imagebuilder", "get-image-recipe", "--image-recipe-arn", recipe), map[string]any{
		"imageRecipe.arn": recipe, "imageRecipe.parentImage": parent, "imageRecipe.platform": "Linux", "imageRecipe.tags": map[string]string{},
	})
	c.same(c.ok("imagebuilder", "get-image-pipeline", "--image-pipeline-arn", pipeline), map[string]any{
		"imagePipeline.status": "ENABLED", "imagePipeline.imageRecipeArn": recipe,
		"imagePipeline.imageTestsConfiguration": map[string]any{"imageTestsEnabled": true, "timeoutMinutes": 720},
	})
	c.same(c.ok("imagebuilder", "get-image", "--image-build-version-arn", image), map[string]any{
		"image.arn": image, "image.version": "1.0.0/1", "image.state": map[string]string{"status": "PENDING"}, "image.sourcePipelineArn": pipeline,
		"image.imageRecipe.arn": recipe, "image.outputResources": map[string]any{"amis": []any{}},
	})
}

// list sees one row.
func (c *cli) list() {
	c.t.Helper()
	for operation, row := range map[string]string{"list-components": "componentVersionList", "list-images": "imageVersionList"} {
		a := c.ok("imagebuilder", operation)
		if one := a.row(c.t, row); one.text("arn") == "" || !regexp.MustCompile("^[0-9a-f-]{36}$").MatchString(a.text("requestId")) {
			c.t.Errorf("%s printed %v", operation, a)
		}
	}
}

// TestRefusals sees what the CLI prints.
func TestRefusals(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	create := []string{"imagebuilder", "create-infrastructure-configuration", "--instance-profile-name", "p", "--name", "small"}
	first := c.ok(append(create, "--client-token", "one")...)
	again := c.ok(append(create, "--client-token", "one")...)
	if again.text("infrastructureConfigurationArn") != first.text("infrastructureConfigurationArn") || again.text("clientToken") != "one" {
		t.Errorf("the same token gave %v and then %v", first, again)
	}
	c.refused("An error occurred (IdempotentParameterMismatchException) when calling the CreateInfrastructureConfiguration operation: "+
		"The client token 'one' was used before with other parameters; use a new one for each request.", append(create, "--client-token", "one", "--description", "other")...)
	c.refused("An error occurred (ResourceAlreadyExistsException) when calling the CreateInfrastructureConfiguration operation: "+
		"The following resource 'InfrastructureConfiguration' already exists: '"+prefix+"infrastructure-configuration/small'.", create...)
	c.refused("An error occurred (ResourceNotFoundException) when calling the GetComponent operation: The following required resource 'Component' cannot be found: '"+prefix+"component/nothing/1.0.0/1'.",
		"imagebuilder", "get-component", "--component-build-version-arn", prefix+"component/nothing/1.0.0/1")
	c.refused("An error occurred (InvalidParameterValueException) when calling the CreateComponent operation: "+
		"The value supplied for parameter 'platform' is not valid. platform must be one of Windows, Linux, macOS",
		"imagebuilder", "create-component", "--name", "web", "--semantic-version", "1.0.0", "--platform", "BeOS", "--data", file(t, "web.yaml"))
	c.refused("An error occurred (InvalidParameterValueException) when calling the ListComponents operation: "+
		"The value supplied for parameter 'maxResults' is not valid. maxResults must be from 1 to 25", "imagebuilder", "list-components", "--max-results", "99", "--no-paginate")
	c.refused("An error occurred (InvalidRequestException) when calling the ListLifecyclePolicies operation: The operation ListLifecyclePolicies is not implemented yet.",
		"imagebuilder", "list-lifecycle-policies")
	c.env = append(c.env, "AWS_SECRET_ACCESS_KEY=wrong")
	c.refused("An error occurred (InvalidSignatureException) when calling the ListImages operation: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
		"imagebuilder", "list-images")
}

func TestTags(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	arn := c.ok("imagebuilder", "create-infrastructure-configuration", "--instance-profile-name", "p", "--name", "small", "--tags", "a=1,b=2").text("infrastructureConfigurationArn")
	c.ok("imagebuilder", "tag-resource", "--resource-arn", arn, "--tags", `{"b":"3","c d":"4"}`)
	c.ok("imagebuilder", "untag-resource", "--resource-arn", arn, "--tag-keys", "a", "never there")
	c.same(c.ok("imagebuilder", "list-tags-for-resource", "--resource-arn", arn), map[string]any{"tags": map[string]string{"b": "3", "c d": "4"}})
}

func TestNeighbours(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	c.same(c.ok("sts", "get-caller-identity"), map[string]any{"Account": apitest.Account, "Arn": apitest.UserARN})
	own := c.ok("ec2", "describe-images", "--owners", "self", "--filters", "Name=name,Values=golden*").row(t, "Images")
	c.same(own, map[string]any{
		"ImageId": c.ami.ID, "Name": "golden <1>", "Description": "made & tested", "OwnerId": apitest.Account, "Public": false,
		"State": "available", "Tags": []map[string]string{{"Key": "team", "Value": "web"}},
	})
	c.same(c.ok("ec2", "describe-images", "--owners", "self", "--filters", "Name=name,Values=none"), map[string]any{"Images": []any{}})
	c.same(c.ok("ec2", "describe-image-attribute", "--image-id", c.ami.ID, "--attribute", "launchPermission"), map[string]any{
		"ImageId": c.ami.ID, "LaunchPermissions": []map[string]string{
			{"UserId": "111122223333"},
			{"OrganizationArn": "arn:aws:organizations::111122223333:organization/o-abcdefghij"},
			{"OrganizationalUnitArn": "arn:aws:organizations::111122223333:ou/o-abcdefghij/ou-ab12-abcdefgh"},
		},
	})
	status, _, _ := c.run("ec2", "describe-images", "--image-ids", "ami-00000000000000000")
	if status != c.failed {
		t.Errorf("an unknown image ended with %d", status)
	}
}
