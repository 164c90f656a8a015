package plan_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/api/caller"
	"ingot/internal/engine/plan"
	"ingot/internal/service"
	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const (
	region   = "us-east-1"
	owner    = "000000000000"
	guest    = "111122223333"
	parentID = "ami-00000000000000001"

	organization = "arn:aws:organizations::000000000000:organization/o-abcdefghij"
	unit         = "arn:aws:organizations::000000000000:ou/o-abcdefghij/ou-ab12-abcdefgh"
)

// planner is a builder that makes the plan and builds nothing.
type planner struct{ last *plan.Plan }

func (p *planner) Start(ctx context.Context, tx *store.Tx, account, region string, image *imagebuilder.Image) (err error) {
	p.last, err = plan.Resolve(ctx, tx, service.Catalog{}, plan.Defaults{Now: time.Now()}, account, region, image)
	return err
}

// rig is a service whose builds are only planned, and an image of the owner.
type rig struct {
	*planner
	*service.Service
	t     *testing.T
	ctx   context.Context // of the guest
	store *store.Store
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(r *rig)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		s, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "ingot.db"))
		test(rigOn(t, s, err))
	})
	t.Run("postgres", func(t *testing.T) {
		s, err := store.OpenPostgres(t.Context(), storetest.Postgres(t))
		test(rigOn(t, s, err))
	})
}

func rigOn(t *testing.T, s *store.Store, err error) *rig {
	t.Helper()
	r := &rig{planner: &planner{}, t: t, store: s, ctx: caller.With(t.Context(), caller.Identity{Account: guest, Region: region})}
	r.check(err)
	t.Cleanup(func() { _ = s.Close() })
	r.Service = service.New(service.Config{Store: s, Builder: r.planner})
	r.check(store.PutAMI(r.ctx, s.DB(), store.AMI{Account: owner, Region: region, ID: parentID, Name: "golden", Digest: "sha256:1", Size: 2 << 30, Created: store.Now()}))
	return r
}

func (r *rig) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) share(with ...store.Permission) {
	r.t.Helper()
	r.check(store.SetPermissions(r.ctx, r.store.DB(), owner, region, parentID, with))
}

func (r *rig) recipe(parent string) (string, error) {
	out, err := r.CreateImageRecipe(r.ctx, &imagebuilder.CreateImageRecipeInput{Name: "web", SemanticVersion: "1.0.x", ParentImage: parent, ClientToken: uuid.NewString()})
	if err != nil {
		return "", err
	}
	return out.ImageRecipeArn, nil
}

// hidden checks that an error is the one for a parent that does not exist.
func (r *rig) hidden(what string, err error) {
	r.t.Helper()
	_, absent := r.recipe("ami-00000000000000099")
	if ingot.CodeOf(err) != ingot.InvalidParameterValue || strings.ReplaceAll(err.Error(), parentID, "ami-00000000000000099") != absent.Error() {
		r.t.Errorf("%s: %v, want as for an absent one %v", what, err, absent)
	}
}

// builds returns both ways to start a build of a recipe.
func (r *rig) builds(recipe string) map[string]func() error {
	r.t.Helper()
	infrastructure, err := r.CreateInfrastructureConfiguration(r.ctx, &imagebuilder.CreateInfrastructureConfigurationInput{Name: "small", InstanceProfileName: "p"})
	r.check(err)
	pipeline, err := r.CreateImagePipeline(r.ctx, &imagebuilder.CreateImagePipelineInput{
		Name: "nightly", ImageRecipeArn: recipe, InfrastructureConfigurationArn: infrastructure.InfrastructureConfigurationArn,
	})
	r.check(err)
	return map[string]func() error{
		"CreateImage": func() error {
			_, err := r.CreateImage(r.ctx, &imagebuilder.CreateImageInput{
				ImageRecipeArn: recipe, InfrastructureConfigurationArn: infrastructure.InfrastructureConfigurationArn, ClientToken: uuid.NewString()})
			return err
		},
		"StartImagePipelineExecution": func() error {
			_, err := r.StartImagePipelineExecution(r.ctx, &imagebuilder.StartImagePipelineExecutionInput{
				ImagePipelineArn: pipeline.ImagePipelineArn, ClientToken: uuid.NewString()})
			return err
		},
	}
}

// TestParentOfOthers asks for recipes and builds on an image of another account while
// it is shared in each way, and when it no longer is.
func TestParentOfOthers(t *testing.T) {
	onBoth(t, func(r *rig) {
		_, err := r.recipe(parentID)
		r.hidden("a recipe on a private image", err)
		r.share(store.Permission{UserID: "222222222222"}, store.Permission{OrganizationARN: organization})
		_, err = r.recipe(parentID)
		r.hidden("a recipe on an image that is shared with others", err)

		r.check(store.MoveMember(r.ctx, r.store.DB(), unit, organization))
		r.check(store.MoveMember(r.ctx, r.store.DB(), guest, unit))
		recipe, err := r.recipe(parentID)
		r.check(err)
		for what, build := range r.builds(recipe) {
			for _, way := range []store.Permission{{UserID: guest}, {OrganizationARN: organization}, {OrganizationalUnitARN: unit}, {Group: "all"}} {
				r.share(way)
				if err := build(); err != nil || r.last.Parent.AMI != parentID || r.last.Parent.Owner != owner {
					r.t.Errorf("%s on an image that is shared by %+v: %v", what, way, err)
				}
			}
			r.share(store.Permission{UserID: "222222222222"})
			r.hidden(what+" after the share was taken back", build())
			r.share(store.Permission{OrganizationARN: organization})
			r.check(store.RemoveMember(r.ctx, r.store.DB(), guest))
			r.hidden(what+" after the account left the organization", build())
			r.check(store.MoveMember(r.ctx, r.store.DB(), guest, unit))
		}
	})
}

// TestRefusedBuildLeavesNothing writes no image for a build whose parent is hidden.
func TestRefusedBuildLeavesNothing(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.share(store.Permission{UserID: guest})
		recipe, err := r.recipe(parentID)
		r.check(err)
		builds := r.builds(recipe)
		gone, err := store.DeleteAMI(r.ctx, r.store.DB(), owner, region, parentID)
		if err != nil || !gone {
			r.t.Fatal(gone, err)
		}
		for what, build := range builds {
			r.hidden(what+" after the image was deregistered", build())
		}
		if all, _, err := store.Page(r.ctx, r.store.DB(), store.List{Account: guest, Region: region, Kind: ingot.KindImage, Limit: 1}); err != nil || len(all) > 0 {
			r.t.Errorf("images are there: %v, %v", all, err)
		}
	})
}

// TestDescriptionOfCopies: only the copy in the build's own region has the recipe's
// description.
func TestDescriptionOfCopies(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.share(store.Permission{UserID: guest})
		recipe, err := r.CreateImageRecipe(r.ctx, &imagebuilder.CreateImageRecipeInput{
			Name: "web", SemanticVersion: "1.0.0", ParentImage: parentID, Description: "a web server", ClientToken: uuid.NewString()})
		r.check(err)
		infrastructure, err := r.CreateInfrastructureConfiguration(r.ctx, &imagebuilder.CreateInfrastructureConfigurationInput{Name: "small", InstanceProfileName: "p"})
		r.check(err)
		to := func(region, description string) imagebuilder.Distribution {
			return imagebuilder.Distribution{Region: region, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{Description: description}}
		}
		for name, c := range map[string]struct {
			distributions []imagebuilder.Distribution
			want          string
		}{
			"copies":    {[]imagebuilder.Distribution{to("eu-west-1", ""), to("eu-west-2", "in London"), to(region, "")}, "a web server||in London"},
			"own given": {[]imagebuilder.Distribution{to(region, "here"), to("eu-west-1", "")}, "here|"},
			"not named": {[]imagebuilder.Distribution{to("eu-west-1", "")}, "a web server|"},
		} {
			d, err := r.CreateDistributionConfiguration(r.ctx, &imagebuilder.CreateDistributionConfigurationInput{Name: name, Distributions: c.distributions, ClientToken: uuid.NewString()})
			r.check(err)
			_, err = r.CreateImage(r.ctx, &imagebuilder.CreateImageInput{ImageRecipeArn: recipe.ImageRecipeArn, InfrastructureConfigurationArn: infrastructure.InfrastructureConfigurationArn,
				DistributionConfigurationArn: d.DistributionConfigurationArn, ClientToken: uuid.NewString()})
			r.check(err)
			var got []string
			for _, d := range r.last.Destinations {
				got = append(got, d.Description)
			}
			if strings.Join(got, "|") != c.want {
				r.t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

// TestImagesOfOthersByARN: an ARN does not reveal whether another account's image exists,
// and cannot be built on, even if its machine image is shared.
func TestImagesOfOthersByARN(t *testing.T) {
	onBoth(t, func(r *rig) {
		var image *imagebuilder.Image
		r.check(r.store.Update(r.ctx, func(tx *store.Tx) (err error) {
			image, err = service.RegisterImportedImage(r.ctx, tx, owner, region, service.Registration{Name: "golden", Version: "1.0.0", Digest: "sha256:2", Size: 2 << 30})
			return err
		}))
		absent := strings.Replace(image.Arn, "/golden/", "/nothing/", 1)
		r.check(store.SetPermissions(r.ctx, r.store.DB(), owner, region, image.OutputResources.Amis[0].Image, []store.Permission{{UserID: guest}}))
		for what, ask := range map[string]func(arn string) error{
			"recipe": func(arn string) error { _, err := r.recipe(arn); return err },
			"image": func(arn string) error {
				_, err := r.GetImage(r.ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: arn})
				return err
			},
		} {
			there, gone := ask(image.Arn), ask(absent)
			if ingot.CodeOf(there) != ingot.Forbidden || strings.ReplaceAll(there.Error(), image.Arn, absent) != gone.Error() {
				r.t.Errorf("%s: %v, where an absent one gives %v", what, there, gone)
			}
		}
		if _, err := r.recipe(image.OutputResources.Amis[0].Image); err != nil {
			r.t.Errorf("by its machine image, which is shared: %v", err)
		}
	})
}
