package wire_test

import (
	"strings"
	"testing"

	"ingot/api/imagebuilder"
)

// arn of a resource of the endpoint.
func arn(rest string) string { return "arn:aws:imagebuilder:" + region + ":123456789012:" + rest }

// TestConstraints changes one member of a valid request at a time.
func TestConstraints(t *testing.T) {
	long := strings.Repeat("x", 2000)
	tags := map[string]any{}
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		tags[string(c)] = ""
	}
	for _, c := range []struct {
		operation, member string
		value             any
		path, detail      string // empty: valid
	}{
		{"CreateComponent", "name", "a b_C-1", "", ""},
		{"CreateComponent", "name", "ab", "name", "name must match pattern ^[-_A-Za-z-0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z-0-9]$"},
		{"CreateComponent", "platform", "BeOS", "platform", "platform must be one of Windows, Linux, macOS"},
		{"CreateComponent", "semanticVersion", "1.0.x", "semanticVersion", "semanticVersion must match pattern ^[0-9]+\\.[0-9]+\\.[0-9]+$"},
		{"CreateComponent", "clientToken", "", "clientToken", "clientToken must have from 1 to 64 characters"},
		{"CreateComponent", "clientToken", strings.Repeat("ü", 64), "", ""},
		{"CreateComponent", "clientToken", strings.Repeat("ü", 65), "clientToken", "clientToken must have from 1 to 64 characters"},
		{"CreateComponent", "description", long, "description", "description must have from 1 to 1024 characters"},
		{"CreateComponent", "tags", map[string]any{}, "", ""},
		{"CreateComponent", "tags", map[string]any{"a": nil}, "", ""},
		{"CreateComponent", "tags", map[string]any{"aws:a": "b"}, "tags.aws:a", "aws:a must match pattern ^(?!aws:)[a-zA-Z0-9\\s_.:/=+\\-@]*$"},
		{"CreateComponent", "tags", map[string]any{"AWS:a": "b"}, "", ""},
		{"CreateComponent", "tags", map[string]any{"a": long}, "tags.a", "a must have at most 256 characters"},
		{"CreateComponent", "tags", map[string]any{"a": 1}, "tags.a", "a must be a string"},
		{"CreateComponent", "tags", tags, "tags", "tags must have from 1 to 50 entries"},
		{"CreateComponent", "tags", "a=b", "tags", "tags must be an object"},
		{"CreateComponent", "dryRun", "true", "dryRun", "dryRun must be true or false"},
		{"TagResource", "tags", map[string]any{}, "tags", "tags is required"},
		{"CreateImageRecipe", "semanticVersion", "1.x.x", "", ""},
		{"CreateImageRecipe", "components", []any{map[string]any{}}, "components[0].componentArn", "componentArn is required"},
		{"CreateImageRecipe", "components", []any{map[string]any{"componentArn": strings.Replace(arn("component/c/x.x.x"), region, "eu-west-1", 1)}},
			"components[0].componentArn", "componentArn must name a resource of the region us-east-1"},
		{"CreateImageRecipe", "components", []any{map[string]any{"componentArn": arn("component/c/x.x.x")}}, "", ""},
		{"CreateInfrastructureConfiguration", "instanceMetadataOptions", map[string]any{"httpTokens": "required"}, "", ""},
		{"CreateInfrastructureConfiguration", "instanceMetadataOptions", map[string]any{"httpTokens": "not required"},
			"instanceMetadataOptions.httpTokens", "httpTokens must match pattern optional|required"},
		{"CreateDistributionConfiguration", "distributions", []any{map[string]any{"region": region, "amiDistributionConfiguration": map[string]any{"name": "!"}}},
			"distributions[0].amiDistributionConfiguration.name", "name must match pattern ^[-_A-Za-z0-9{][-_A-Za-z0-9\\s:{}\\.]+[-_A-Za-z0-9}]$"},
		{"CreateDistributionConfiguration", "distributions", []any{map[string]any{"region": region, "amiDistributionConfiguration": map[string]any{
			"launchPermission": map[string]any{"userIds": []any{"123456789012", "me"}}}}},
			"distributions[0].amiDistributionConfiguration.launchPermission.userIds[1]", "userIds[1] must match pattern ^[0-9]{12}$"},
		{"CreateImagePipeline", "schedule", map[string]any{"timezone": "Etc/UTC"}, "", ""},
		{"StartResourceStateUpdate", "updateAt", 1789161600, "", ""},
		{"StartResourceStateUpdate", "updateAt", 1789161600.25, "", ""},
		{"StartResourceStateUpdate", "updateAt", "2026-09-11T00:00:00Z", "updateAt", "updateAt must be a number"},
		{"StartResourceStateUpdate", "updateAt", 1e300, "updateAt", "updateAt must be a number of seconds since 1970"},
	} {
		document := sample(t, imagebuilder.Shapes, operation(t, c.operation).Input).(map[string]any)
		document[c.member] = c.value
		_, _, got := call(t, none, operation(t, c.operation), document)
		want := "The operation " + c.operation + " is not implemented yet."
		if c.path != "" {
			want = "The value supplied for parameter '" + c.path + "' is not valid. " + c.detail
		}
		if got != want {
			t.Errorf("%s %s=%.80v:\n got %s\nwant %s", c.operation, c.member, c.value, got, want)
		}
	}
}

// TestFirstFaultOnly holds the order: types, then what is absent, then constraints,
// each in the model's order.
func TestFirstFaultOnly(t *testing.T) {
	for _, c := range []struct {
		document map[string]any
		path     string
	}{
		{map[string]any{"platform": 1, "name": "!"}, "platform"},
		{map[string]any{"platform": "BeOS", "name": "!"}, "semanticVersion"},
		{map[string]any{"platform": "BeOS", "name": "!", "semanticVersion": "1", "clientToken": ""}, "name"},
		{map[string]any{"platform": "BeOS", "name": "abc", "semanticVersion": "1", "clientToken": ""}, "semanticVersion"},
	} {
		_, _, got := call(t, none, operation(t, "CreateComponent"), c.document)
		if !strings.Contains(got, "parameter '"+c.path+"'") {
			t.Errorf("%v: %s", c.document, got)
		}
	}
}
