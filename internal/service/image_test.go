package service_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/service"
	"ingot/internal/store"
)

func TestCreateImage(t *testing.T) {
	r := newRig(t)
	recipe, infra, dist := r.recipe("My Web", "1.0.0", r.component("web", "1.0.0", "1")), r.infrastructure("infra"), r.distribution("dist")
	out := must[imagebuilder.CreateImageOutput](t)(r.CreateImage(r.ctx, &imagebuilder.CreateImageInput{
		ImageRecipeArn: recipe, InfrastructureConfigurationArn: infra, DistributionConfigurationArn: dist, ClientToken: "t1"}))
	if out.ImageBuildVersionArn != prefix+"image/my-web/1.0.0/1" || out.ClientToken != "t1" || out.LatestVersionReferences.LatestVersionArn != prefix+"image/my-web/x.x.x" {
		t.Errorf("the answer is %+v", out)
	}
	i := r.get(out.ImageBuildVersionArn)
	if i.State.Status != "PENDING" || i.State.Reason != "" || i.Version != "1.0.0/1" || i.Name != "My Web" || i.Type != "AMI" || i.Platform != "Linux" ||
		i.BuildType != "USER_INITIATED" || i.ImageSource != "CUSTOM" || !*i.EnhancedImageMetadataEnabled || i.OutputResources.Amis == nil ||
		i.ImageRecipe.Arn != recipe || i.InfrastructureConfiguration.Arn != infra || i.DistributionConfiguration.Arn != dist || len(i.Workflows) != 3 {
		t.Errorf("the image is %+v", i)
	}
	if len(r.builder.images) != 1 || r.builder.images[0].Arn != i.Arn {
		t.Errorf("the builder was asked for %v", r.builder.images)
	}
	// What the image holds is a copy: deleting the recipe changes nothing.
	must[imagebuilder.DeleteImageRecipeOutput](t)(r.DeleteImageRecipe(r.ctx, &imagebuilder.DeleteImageRecipeInput{ImageRecipeArn: recipe}))
	if r.get(i.Arn).ImageRecipe.Name != "My Web" {
		t.Error("the copy is gone")
	}
}

func TestARefusedBuildLeavesNothing(t *testing.T) {
	r := newRig(t)
	recipe, infra := r.recipe("web", "1.0.0"), r.infrastructure("infra")
	in := &imagebuilder.CreateImageInput{ImageRecipeArn: recipe, InfrastructureConfigurationArn: infra, ClientToken: "t"}
	r.builder.refuse = ingot.Errorf(ingot.InvalidRequest, "no")
	out, err := r.CreateImage(r.ctx, in)
	refused[imagebuilder.CreateImageOutput](t, "refused by the builder", ingot.InvalidRequest)(out, err)
	if all := must[imagebuilder.ListImagesOutput](t)(r.ListImages(r.ctx, &imagebuilder.ListImagesInput{})); len(all.ImageVersionList) != 0 {
		t.Errorf("images: %+v", all)
	}
	r.builder.refuse = nil
	if got := must[imagebuilder.CreateImageOutput](t)(r.CreateImage(r.ctx, in)).ImageBuildVersionArn; !strings.HasSuffix(got, "/1") {
		t.Errorf("the token or the number was used up: %s", got)
	}
}

func TestClientTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		recipe, infra := r.recipe("web", "1.0.0"), r.infrastructure("infra")
		in := imagebuilder.CreateImageInput{ImageRecipeArn: recipe, InfrastructureConfigurationArn: infra, ClientToken: "same"}
		var wg sync.WaitGroup
		answers := make(chan string, 10)
		for range cap(answers) {
			wg.Go(func() {
				out, err := r.CreateImage(r.ctx, &in)
				if err != nil {
					t.Error(err)
					return
				}
				answers <- out.ImageBuildVersionArn
			})
		}
		wg.Wait()
		close(answers)
		for got := range answers {
			if got != prefix+"image/web/1.0.0/1" {
				t.Errorf("an answer is %s", got)
			}
		}
		if len(r.builder.images) != 1 {
			t.Errorf("%d builds were started", len(r.builder.images))
		}
		changed := in
		changed.Tags = map[string]string{"a": "b"}
		out, err := r.CreateImage(r.ctx, &changed)
		refused[imagebuilder.CreateImageOutput](t, "other parameters", ingot.IdempotentMismatch)(out, err)
	})
}

func TestBuildNumbers(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		recipe, infra := r.recipe("web", "1.0.0"), r.infrastructure("infra")
		var wg sync.WaitGroup
		var mu sync.Mutex
		var got []string
		for n := range 12 {
			wg.Go(func() {
				out, err := r.CreateImage(r.ctx, &imagebuilder.CreateImageInput{
					ImageRecipeArn: recipe, InfrastructureConfigurationArn: infra, ClientToken: fmt.Sprint("t", n)})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				got = append(got, out.ImageBuildVersionArn)
			})
		}
		wg.Wait()
		slices.Sort(got)
		if len(slices.Compact(got)) != 12 || !slices.Contains(got, prefix+"image/web/1.0.0/12") {
			t.Errorf("the builds are %v", got)
		}
		last := prefix + "image/web/1.0.0/12"
		r.become(last, ingot.Failed)
		must[imagebuilder.DeleteImageOutput](t)(r.DeleteImage(r.ctx, &imagebuilder.DeleteImageInput{ImageBuildVersionArn: last}))
		if got := r.image(recipe, infra); got != prefix+"image/web/1.0.0/13" {
			t.Errorf("after a delete comes %s", got)
		}
	})
}

func TestCancelAndDelete(t *testing.T) {
	r := newRig(t)
	arn := r.image(r.recipe("web", "1.0.0"), r.infrastructure("infra"))
	cancel := func() error {
		return second(r.CancelImageCreation(r.ctx, &imagebuilder.CancelImageCreationInput{ImageBuildVersionArn: arn}))
	}
	drop := func() error {
		return second(r.DeleteImage(r.ctx, &imagebuilder.DeleteImageInput{ImageBuildVersionArn: arn}))
	}
	if err := drop(); ingot.CodeOf(err) != ingot.Dependency {
		t.Errorf("delete while building: %v", err)
	}
	if err := cancel(); err != nil {
		t.Error(err)
	}
	if asked, err := store.CancelRequested(r.ctx, r.store.DB(), arn); !asked || err != nil {
		t.Errorf("asked: %v, %v", asked, err)
	}
	r.become(arn, ingot.Cancelled)
	if err := cancel(); ingot.CodeOf(err) != ingot.InvalidParameterValue {
		t.Errorf("cancel after the end: %v", err)
	}
	if err := drop(); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"get": second(r.GetImage(r.ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: arn})), "cancel": cancel(), "delete": drop(),
	} {
		if ingot.CodeOf(err) != ingot.NotFound {
			t.Errorf("%s after delete: %v", what, err)
		}
	}
}

func TestManagedImages(t *testing.T) {
	r := newRig(t)
	newer := r.register("12.1.0")
	i := r.get(debian)
	if i.Arn != newer.Arn || i.State.Status != "AVAILABLE" || *i.EnhancedImageMetadataEnabled || len(i.OutputResources.Amis) != 1 || i.ImageRecipe != nil || i.OsVersion != "Debian 12" {
		t.Errorf("the newest is %+v", i)
	}
	list := must[imagebuilder.ListImagesOutput](t)(r.ListImages(r.ctx, &imagebuilder.ListImagesInput{Owner: "Amazon"})).ImageVersionList
	if len(list) != 2 || list[0].Owner != "Amazon" || list[0].Version != "12.0.0" || list[0].Arn != "arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/12.0.0" {
		t.Errorf("the list is %+v", list)
	}
	if err := second(r.DeleteImage(r.ctx, &imagebuilder.DeleteImageInput{ImageBuildVersionArn: i.Arn})); ingot.CodeOf(err) != ingot.Forbidden {
		t.Errorf("delete: %v", err)
	}
	ami := i.OutputResources.Amis[0].Image
	must[imagebuilder.CreateImageRecipeOutput](t)(r.CreateImageRecipe(r.ctx, &imagebuilder.CreateImageRecipeInput{Name: "by-id", SemanticVersion: "1.0.0", ParentImage: ami}))
	remove := func(arn string) error {
		return r.store.Update(r.ctx, func(tx *store.Tx) error {
			_, err := service.RemoveRegisteredImage(r.ctx, tx, arn)
			return err
		})
	}
	must[imagebuilder.CreateImageRecipeOutput](t)(r.CreateImageRecipe(r.ctx, &imagebuilder.CreateImageRecipeInput{Name: "by-arn", SemanticVersion: "1.0.0", ParentImage: newer.Arn}))
	if err := remove(newer.Arn); ingot.CodeOf(err) != ingot.Dependency || !strings.Contains(err.Error(), "by-arn") {
		t.Errorf("removed under a recipe: %v", err)
	}
	must[imagebuilder.DeleteImageRecipeOutput](t)(r.DeleteImageRecipe(r.ctx, &imagebuilder.DeleteImageRecipeInput{ImageRecipeArn: prefix + "image-recipe/by-arn/1.0.0"}))
	if err := remove(r.image(r.recipe("web", "1.0.0"), r.infrastructure("infra"))); ingot.CodeOf(err) != ingot.InvalidRequest {
		t.Errorf("removed an image that was built: %v", err)
	}
	err := r.store.Update(r.ctx, func(tx *store.Tx) error {
		gone, err := service.RemoveRegisteredImage(r.ctx, tx, newer.Arn)
		if err == nil && (len(gone) != 1 || gone[0].ID != ami) {
			err = fmt.Errorf("removed %v", gone)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if i := r.get(debian); i.Version != "12.0.0/1" {
		t.Errorf("after the removal the newest is %s", i.Version)
	}
	if _, err := store.AMIByID(r.ctx, r.store.DB(), region, ami); !errors.Is(err, store.ErrNoRows) {
		t.Errorf("its AMI: %v", err)
	}
}

func TestListImageBuilds(t *testing.T) {
	r := newRig(t)
	recipe, infra := r.recipe("web", "1.0.0"), r.infrastructure("infra")
	for range 3 {
		r.image(recipe, infra)
	}
	r.image(r.recipe("db", "1.0.0"), infra)
	builds := func(version string) (versions []string) {
		t.Helper()
		for _, i := range must[imagebuilder.ListImageBuildVersionsOutput](t)(r.ListImageBuildVersions(r.ctx, &imagebuilder.ListImageBuildVersionsInput{ImageVersionArn: version})).ImageSummaryList {
			versions = append(versions, i.Name+" "+i.Version)
		}
		return versions
	}
	if got := builds(prefix + "image/web/1.0.0"); !slices.Equal(got, []string{"web 1.0.0/3", "web 1.0.0/2", "web 1.0.0/1"}) {
		t.Errorf("builds are %v", got)
	}
	if got := builds(""); len(got) != 4 {
		t.Errorf("all builds are %v", got)
	}
	if err := second(r.ListImageBuildVersions(r.ctx, &imagebuilder.ListImageBuildVersionsInput{ImageVersionArn: prefix + "image/web/x.x.x"})); ingot.CodeOf(err) != ingot.InvalidParameterValue {
		t.Errorf("a wildcard: %v", err)
	}
	if got := r.get(prefix + "image/web/x.x.x"); got.Version != "1.0.0/3" {
		t.Errorf("the newest is %s", got.Version)
	}
}

// TestDeleteRacesWithUse deletes a component while recipes that name it are made: at
// the end no recipe names what is not there.
func TestDeleteRacesWithUse(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		for n := range 8 {
			arn := r.component(fmt.Sprint("comp-", n), "1.0.0", "1")
			var wg sync.WaitGroup
			var made, gone error
			wg.Go(func() {
				made = second(r.CreateImageRecipe(r.ctx, &imagebuilder.CreateImageRecipeInput{Name: fmt.Sprint("recipe-", n), SemanticVersion: "1.0.0",
					ParentImage: debian, Components: []imagebuilder.ComponentConfiguration{{ComponentArn: arn}}}))
			})
			wg.Go(func() {
				gone = second(r.DeleteComponent(r.ctx, &imagebuilder.DeleteComponentInput{ComponentBuildVersionArn: arn}))
			})
			wg.Wait()
			if (made == nil) == (gone == nil) {
				t.Fatalf("made: %v, deleted: %v", made, gone)
			}
		}
	})
}
