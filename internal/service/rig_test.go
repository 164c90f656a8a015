package service_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/api/caller"
	"ingot/internal/service"
	"ingot/internal/store"
	"ingot/internal/store/storetest"
)

const (
	account = "000000000000"
	region  = "us-east-1"
	prefix  = "arn:aws:imagebuilder:us-east-1:000000000000:"
	debian  = "arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/x.x.x"
)

// recorder is a builder that keeps what it was asked to start.
type recorder struct {
	mu     sync.Mutex
	images []*imagebuilder.Image
	refuse error
}

func (b *recorder) Start(_ context.Context, _ *store.Tx, _, _ string, image *imagebuilder.Image) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.images = append(b.images, image)
	return b.refuse
}

// rig is a service on a real database, with the managed parent image in it.
type rig struct {
	*service.Service
	t       *testing.T
	ctx     context.Context // of the first account
	store   *store.Store
	builder *recorder
}

func newRig(t *testing.T) *rig {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "ingot.db"))
	return rigOn(t, s, err)
}

// onBoth runs a test on each database: what happens at the same time differs there.
func onBoth(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, newRig(t)) })
	t.Run("postgres", func(t *testing.T) {
		s, err := store.OpenPostgres(t.Context(), storetest.Postgres(t))
		test(t, rigOn(t, s, err))
	})
}

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

func rigOn(t *testing.T, s *store.Store, err error) *rig {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r := &rig{t: t, store: s, builder: &recorder{}}
	r.Service = service.New(service.Config{Store: s, Builder: r.builder})
	r.ctx = as(t.Context(), account, region)
	r.register("12.0.0")
	return r
}

func as(ctx context.Context, account, region string) context.Context {
	return caller.With(ctx, caller.Identity{Account: account, Region: region, ARN: "arn:aws:iam::" + account + ":user/root"})
}

func (r *rig) register(version string) (image *imagebuilder.Image) {
	r.t.Helper()
	err := r.store.Update(r.ctx, func(tx *store.Tx) (err error) {
		image, err = service.RegisterManagedImage(r.ctx, tx, region, service.Registration{
			Name: "debian-12-x86", Version: version, OSVersion: "Debian 12", Digest: "sha256:1", Size: 2 << 30, Architecture: "x86_64",
		})
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return image
}

// must returns the answer of an operation that must succeed.
func must[Out any](t *testing.T) func(out *Out, err error) *Out {
	return func(out *Out, err error) *Out {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// refused checks that an operation answers with a code.
func refused[Out any](t *testing.T, what string, want ingot.Code) func(out *Out, err error) {
	return func(out *Out, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: answered %+v, want %s", what, out, want)
		} else if ingot.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
}

const document = `schemaVersion: 1.0
parameters:
  - Greeting:
      type: string
      default: hello
phases:
  - name: build
    steps:
      - name: Say
        action: ExecuteBash
        inputs:
          commands: ["echo %s"]
`

func (r *rig) component(name, version, text string) string {
	r.t.Helper()
	out := must[imagebuilder.CreateComponentOutput](r.t)(r.CreateComponent(r.ctx, componentInput(name, version, text)))
	return out.ComponentBuildVersionArn
}

func componentInput(name, version, text string) *imagebuilder.CreateComponentInput {
	return &imagebuilder.CreateComponentInput{Name: name, SemanticVersion: version, Platform: "Linux", Data: fmt.Sprintf(document, text)}
}

func (r *rig) recipe(name, version string, components ...string) string {
	r.t.Helper()
	in := &imagebuilder.CreateImageRecipeInput{Name: name, SemanticVersion: version, ParentImage: debian}
	for _, c := range components {
		in.Components = append(in.Components, imagebuilder.ComponentConfiguration{ComponentArn: c})
	}
	return must[imagebuilder.CreateImageRecipeOutput](r.t)(r.CreateImageRecipe(r.ctx, in)).ImageRecipeArn
}

func (r *rig) infrastructure(name string) string {
	r.t.Helper()
	return must[imagebuilder.CreateInfrastructureConfigurationOutput](r.t)(r.CreateInfrastructureConfiguration(r.ctx,
		&imagebuilder.CreateInfrastructureConfigurationInput{Name: name, InstanceProfileName: "p"})).InfrastructureConfigurationArn
}

func (r *rig) distribution(name string) string {
	r.t.Helper()
	return must[imagebuilder.CreateDistributionConfigurationOutput](r.t)(r.CreateDistributionConfiguration(r.ctx,
		&imagebuilder.CreateDistributionConfigurationInput{Name: name, Distributions: []imagebuilder.Distribution{
			{Region: region, AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{Name: "n {{ imagebuilder:buildDate }}"}},
			{Region: "eu-west-1", AmiDistributionConfiguration: &imagebuilder.AmiDistributionConfiguration{}},
		}})).DistributionConfigurationArn
}

func (r *rig) pipeline(name, recipe, infrastructure, distribution string) string {
	r.t.Helper()
	return must[imagebuilder.CreateImagePipelineOutput](r.t)(r.CreateImagePipeline(r.ctx, &imagebuilder.CreateImagePipelineInput{
		Name: name, ImageRecipeArn: recipe, InfrastructureConfigurationArn: infrastructure, DistributionConfigurationArn: distribution,
	})).ImagePipelineArn
}

func (r *rig) image(recipe, infrastructure string) string {
	r.t.Helper()
	return must[imagebuilder.CreateImageOutput](r.t)(r.CreateImage(r.ctx,
		&imagebuilder.CreateImageInput{ImageRecipeArn: recipe, InfrastructureConfigurationArn: infrastructure})).ImageBuildVersionArn
}

func (r *rig) get(arn string) *imagebuilder.Image {
	r.t.Helper()
	return must[imagebuilder.GetImageOutput](r.t)(r.GetImage(r.ctx, &imagebuilder.GetImageInput{ImageBuildVersionArn: arn})).Image
}

func (r *rig) become(arn string, s ingot.Status) {
	r.t.Helper()
	if moved, err := store.Transition(r.ctx, r.store.DB(), arn, s, ""); err != nil || !moved {
		r.t.Fatalf("to %s: %v, %v", s, moved, err)
	}
}
