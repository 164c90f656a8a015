package service_test

import (
	"fmt"
	"strings"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
)

func TestComponentBuilds(t *testing.T) {
	r := newRig(t)
	if got := r.component("My Web_Comp", "1.0.0", "one"); got != prefix+"component/my-web-comp/1.0.0/1" {
		t.Errorf("the first is %s", got)
	}
	if got := r.component("My Web_Comp", "1.0.0", "two"); got != prefix+"component/my-web-comp/1.0.0/2" {
		t.Errorf("another document is %s", got)
	}
	create := func(in *imagebuilder.CreateComponentInput) (*imagebuilder.CreateComponentOutput, error) {
		return r.CreateComponent(r.ctx, in)
	}
	refused[imagebuilder.CreateComponentOutput](t, "the same again", ingot.AlreadyExists)(create(componentInput("My Web_Comp", "1.0.0", "two")))
	refused[imagebuilder.CreateComponentOutput](t, "the version written otherwise", ingot.AlreadyExists)(create(componentInput("My Web_Comp", "1.00.0", "three")))
	if got := r.component("My Web_Comp", "1.10.0", "one"); got != prefix+"component/my-web-comp/1.10.0/1" {
		t.Errorf("another version is %s", got)
	}
	r.component("My Web_Comp", "1.9.0", "one")
	out := must[imagebuilder.GetComponentOutput](t)(r.GetComponent(r.ctx, &imagebuilder.GetComponentInput{ComponentBuildVersionArn: prefix + "component/my-web-comp/x.x.x"}))
	c := out.Component
	if c.Arn != prefix+"component/my-web-comp/1.10.0/1" || c.Name != "My Web_Comp" || c.Version != "1.10.0" || c.Type != "BUILD" || c.Owner != account || !*c.Encrypted {
		t.Errorf("the newest is %+v", c)
	}
	if len(c.Parameters) != 1 || c.Parameters[0].Name != "Greeting" || c.Parameters[0].DefaultValue[0] != "hello" {
		t.Errorf("parameters are %+v", c.Parameters)
	}
	if l := out.LatestVersionReferences; l.LatestMinorVersionArn != prefix+"component/my-web-comp/1.10.x" || l.LatestPatchVersionArn != prefix+"component/my-web-comp/1.10.0" {
		t.Errorf("references are %+v", l)
	}
}

func TestComponentRefused(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct {
		what   string
		change func(*imagebuilder.CreateComponentInput)
		code   ingot.Code
		says   string
	}{
		{"no data", func(in *imagebuilder.CreateComponentInput) { in.Data = "" }, ingot.InvalidParameterCombination, "uri"},
		{"data and uri", func(in *imagebuilder.CreateComponentInput) { in.Uri = "s3://b/k" }, ingot.InvalidParameterCombination, "uri"},
		{"uri", func(in *imagebuilder.CreateComponentInput) { in.Data, in.Uri = "", "s3://b/k" }, ingot.InvalidRequest, "s3://b/k"},
		{"faults", func(in *imagebuilder.CreateComponentInput) { in.Data = "schemaVersion: 2\nphases: []\n" }, ingot.InvalidParameterValue,
			"The value supplied for parameter 'data' is not valid. Invalid schema version. Supported versions include: 1.0. (line 1) Further faults: line 2"},
		{"name of a step", func(in *imagebuilder.CreateComponentInput) { in.Data = strings.Replace(in.Data, "Say", "say it", 1) }, ingot.InvalidParameterValue,
			"The value supplied for parameter 'data' is not valid. Invalid step name 'say it' in phase 'build'. Allowed characters are"},
		{"too many parameters", func(in *imagebuilder.CreateComponentInput) {
			more := ""
			for i := range 25 {
				more += fmt.Sprintf("  - more-%d: {type: string, default: x}\n", i)
			}
			in.Data = strings.Replace(in.Data, "phases:", more+"phases:", 1)
		}, ingot.QuotaExceeded, "25 parameters; this one has 26"},
		{"a long default", func(in *imagebuilder.CreateComponentInput) {
			in.Data = strings.Replace(in.Data, "hello", strings.Repeat("x", 1025), 1)
		}, ingot.InvalidParameterValue, "'Greeting' may have 1024 bytes"},
		{"wrong platform", func(in *imagebuilder.CreateComponentInput) { in.Platform = "Windows" }, ingot.InvalidParameterValue, "windows"},
		{"wildcard", func(in *imagebuilder.CreateComponentInput) { in.SemanticVersion = "1.0.x" }, ingot.InvalidParameterValue, "semanticVersion"},
		{"version out of range", func(in *imagebuilder.CreateComponentInput) { in.SemanticVersion = "1.0.1073741824" }, ingot.InvalidVersionNumber, "1073741823"},
		{"dry run", func(in *imagebuilder.CreateComponentInput) { in.DryRun = new(bool); *in.DryRun = true }, ingot.DryRun, "nothing"},
	} {
		in := componentInput("web", "1.0.0", "x")
		c.change(in)
		out, err := r.CreateComponent(r.ctx, in)
		refused[imagebuilder.CreateComponentOutput](t, c.what, c.code)(out, err)
		if err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.what, err, c.says)
		}
	}
	if out := must[imagebuilder.ListComponentsOutput](t)(r.ListComponents(r.ctx, &imagebuilder.ListComponentsInput{})); len(out.ComponentVersionList) != 0 {
		t.Errorf("something was made: %+v", out.ComponentVersionList)
	}
}

func TestTestPhaseAloneMakesATestComponent(t *testing.T) {
	r := newRig(t)
	in := componentInput("probe", "1.0.0", "x")
	in.Data = strings.Replace(in.Data, "name: build", "name: test", 1)
	arn := must[imagebuilder.CreateComponentOutput](t)(r.CreateComponent(r.ctx, in)).ComponentBuildVersionArn
	if c := must[imagebuilder.GetComponentOutput](t)(r.GetComponent(r.ctx, &imagebuilder.GetComponentInput{ComponentBuildVersionArn: arn})).Component; c.Type != "TEST" {
		t.Errorf("the type is %s", c.Type)
	}
}

func TestDeleteComponentAndItsNumber(t *testing.T) {
	r := newRig(t)
	first, second := r.component("web", "1.0.0", "1"), r.component("web", "1.0.0", "2")
	newer := r.component("web", "1.1.0", "1")
	r.recipe("any", "1.0.0", prefix+"component/web/1.x.x")
	exact := r.recipe("exact", "1.0.0", second)
	drop := func(arn string) (*imagebuilder.DeleteComponentOutput, error) {
		return r.DeleteComponent(r.ctx, &imagebuilder.DeleteComponentInput{ComponentBuildVersionArn: arn})
	}
	refused[imagebuilder.DeleteComponentOutput](t, "named exactly", ingot.Dependency)(drop(second))
	must[imagebuilder.DeleteComponentOutput](t)(drop(newer)) // the wildcard has others
	must[imagebuilder.DeleteComponentOutput](t)(drop(first))
	must[imagebuilder.DeleteImageRecipeOutput](t)(r.DeleteImageRecipe(r.ctx, &imagebuilder.DeleteImageRecipeInput{ImageRecipeArn: exact}))
	refused[imagebuilder.DeleteComponentOutput](t, "the last that a wildcard matches", ingot.Dependency)(drop(second))
	refused[imagebuilder.DeleteComponentOutput](t, "gone", ingot.NotFound)(drop(first))
	refused[imagebuilder.DeleteComponentOutput](t, "a version", ingot.InvalidParameterValue)(drop(prefix + "component/web/1.0.0"))
	if got := r.component("web", "1.1.0", "1"); got != prefix+"component/web/1.1.0/2" {
		t.Errorf("after a delete the next build is %s", got)
	}
}

func TestAccountsAndRegionsAreSeparate(t *testing.T) {
	r := newRig(t)
	arn := r.component("web", "1.0.0", "1")
	get := &imagebuilder.GetComponentInput{ComponentBuildVersionArn: arn}
	out, err := r.GetComponent(as(t.Context(), "111111111111", region), get)
	refused[imagebuilder.GetComponentOutput](t, "another account", ingot.Forbidden)(out, err)
	out, err = r.GetComponent(as(t.Context(), account, "eu-west-1"), get)
	refused[imagebuilder.GetComponentOutput](t, "another region", ingot.InvalidParameterValue)(out, err)
	out, err = r.GetComponent(as(t.Context(), account, "../x"), get)
	refused[imagebuilder.GetComponentOutput](t, "a region that is a path", ingot.InvalidRequest)(out, err)
	out, err = r.GetComponent(t.Context(), get)
	refused[imagebuilder.GetComponentOutput](t, "nobody", ingot.Forbidden)(out, err)
	if l := must[imagebuilder.ListComponentsOutput](t)(r.ListComponents(as(t.Context(), "111111111111", region), &imagebuilder.ListComponentsInput{})); len(l.ComponentVersionList) != 0 {
		t.Errorf("another account lists %v", l.ComponentVersionList)
	}
}

func TestListComponents(t *testing.T) {
	r := newRig(t)
	for n := range 3 {
		r.component("web", "1.0."+fmt.Sprint(n), "1")
	}
	r.component("web", "1.0.2", "2")
	r.component("db", "2.0.0", "1")
	list := func(in imagebuilder.ListComponentsInput) (arns []string) {
		t.Helper()
		for _, v := range must[imagebuilder.ListComponentsOutput](t)(r.ListComponents(r.ctx, &in)).ComponentVersionList {
			arns = append(arns, strings.TrimPrefix(v.Arn, prefix+"component/"))
		}
		return arns
	}
	yes := true
	filter := func(name string, values ...string) []imagebuilder.Filter {
		return []imagebuilder.Filter{{Name: name, Values: values}}
	}
	for _, c := range []struct {
		what string
		in   imagebuilder.ListComponentsInput
		want string
	}{
		{"versions", imagebuilder.ListComponentsInput{}, "web/1.0.0 web/1.0.1 web/1.0.2 db/2.0.0"},
		{"names", imagebuilder.ListComponentsInput{ByName: &yes}, "web/x.x.x db/x.x.x"},
		{"by name", imagebuilder.ListComponentsInput{Filters: filter("name", "db", "nothing")}, "db/2.0.0"},
		{"by version", imagebuilder.ListComponentsInput{Filters: filter("version", "1.x.x")}, "web/1.0.0 web/1.0.1 web/1.0.2"},
		{"of Amazon", imagebuilder.ListComponentsInput{Owner: "Amazon"}, ""},
		{"shared", imagebuilder.ListComponentsInput{Owner: "Shared"}, ""},
	} {
		if got := strings.Join(list(c.in), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	out, err := r.ListComponents(r.ctx, &imagebuilder.ListComponentsInput{Filters: filter("colour", "red")})
	refused[imagebuilder.ListComponentsOutput](t, "unknown filter", ingot.InvalidParameterValue)(out, err)
	out, err = r.ListComponents(r.ctx, &imagebuilder.ListComponentsInput{ByName: &yes, Filters: filter("version", "1.x.x")})
	refused[imagebuilder.ListComponentsOutput](t, "byName with version", ingot.InvalidParameterCombination)(out, err)
	const words = "The value supplied for parameter 'filters' is not valid. You cannot list %s by name and filter by version in the same request."
	if err == nil || !strings.HasSuffix(err.Error(), fmt.Sprintf(words, "Components")) {
		t.Errorf("components: %v", err)
	}
	if _, err := r.ListImages(r.ctx, &imagebuilder.ListImagesInput{ByName: &yes, Filters: filter("version", "1.x.x")}); ingot.CodeOf(err) != ingot.InvalidParameterCombination || !strings.HasSuffix(err.Error(), fmt.Sprintf(words, "Images")) {
		t.Errorf("images: %v", err)
	}
	builds := must[imagebuilder.ListComponentBuildVersionsOutput](t)(r.ListComponentBuildVersions(r.ctx,
		&imagebuilder.ListComponentBuildVersionsInput{ComponentVersionArn: prefix + "component/web/1.0.2"}))
	if l := builds.ComponentSummaryList; len(l) != 2 || l[0].Arn != prefix+"component/web/1.0.2/2" {
		t.Errorf("builds are %+v", l)
	}
}

func TestPages(t *testing.T) {
	r := newRig(t)
	for n := range 7 {
		r.component(fmt.Sprintf("comp-%d", n), "1.0.0", "1")
	}
	three := 3
	next := func(token string) *imagebuilder.ListComponentsOutput {
		t.Helper()
		return must[imagebuilder.ListComponentsOutput](t)(r.ListComponents(r.ctx, &imagebuilder.ListComponentsInput{MaxResults: &three, NextToken: token}))
	}
	first := next("")
	// What is deleted between two pages moves nothing else.
	must[imagebuilder.DeleteComponentOutput](t)(r.DeleteComponent(r.ctx, &imagebuilder.DeleteComponentInput{ComponentBuildVersionArn: first.ComponentVersionList[0].Arn + "/1"}))
	second := next(first.NextToken)
	must[imagebuilder.DeleteComponentOutput](t)(r.DeleteComponent(r.ctx, &imagebuilder.DeleteComponentInput{ComponentBuildVersionArn: second.ComponentVersionList[2].Arn + "/1"}))
	third := next(second.NextToken)
	if second.ComponentVersionList[0].Name != "comp-3" || len(third.ComponentVersionList) != 1 || third.ComponentVersionList[0].Name != "comp-6" || third.NextToken != "" {
		t.Errorf("the pages are %+v and %+v", second, third)
	}
	for what, ctx := range map[string]string{"another account": "111111111111", "this one": account} {
		token := first.NextToken
		if ctx == account {
			token = "A" + token
		}
		out, err := r.ListComponents(as(t.Context(), ctx, region), &imagebuilder.ListComponentsInput{NextToken: token})
		refused[imagebuilder.ListComponentsOutput](t, "a bad token of "+what, ingot.InvalidPaginationToken)(out, err)
	}
}
