package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/access"
	"ingot/internal/store"
)

// mostComponents is the quota of components in a recipe.
const mostComponents = 20

// CreateImageRecipe makes a version of a recipe; a wildcard version takes the next
// free one.
func (s *Service) CreateImageRecipe(ctx context.Context, in *imagebuilder.CreateImageRecipeInput) (*imagebuilder.CreateImageRecipeOutput, error) {
	if err := checkRecipe(in); err != nil {
		return nil, err
	}
	return once(ctx, s, "CreateImageRecipe", in.ClientToken, in, func(r *request, _ *store.Tx) (*imagebuilder.CreateImageRecipeOutput, error) {
		a, err := r.createRecipe(in)
		if err != nil {
			return nil, err
		}
		return &imagebuilder.CreateImageRecipeOutput{
			ClientToken: in.ClientToken, ImageRecipeArn: a.String(), LatestVersionReferences: latest(a),
		}, nil
	})
}

// checkRecipe makes the checks that need no row.
func checkRecipe(in *imagebuilder.CreateImageRecipeInput) error {
	if len(in.Components) > mostComponents {
		return ingot.Errorf(ingot.QuotaExceeded, "A recipe may have %d components; this one has %d.", mostComponents, len(in.Components))
	}
	seen := map[string]bool{}
	for i, c := range in.Components {
		a, err := ingot.ParseARN(c.ComponentArn)
		if err != nil {
			return err
		}
		name := a.Owner + "/" + a.Slug
		if seen[name] {
			return ingot.InvalidValue(fmt.Sprintf("components[%d].componentArn", i), "The component '%s' is in the recipe twice.", a.Slug)
		}
		seen[name] = true
	}
	if len(in.AmiWatermarks) > 0 {
		return notYet("The member amiWatermarks", "leave it out")
	}
	return rootOnly(in.BlockDeviceMappings)
}

// rootDevices are the names of the root device, the only device that a recipe may map.
var rootDevices = []string{"/dev/xvda", "/dev/sda1"}

func rootOnly(all []imagebuilder.InstanceBlockDeviceMapping) error {
	for i, m := range all {
		at := fmt.Sprintf("blockDeviceMappings[%d]", i)
		switch {
		case m.DeviceName == "":
			return ingot.InvalidValue(at+".deviceName", "deviceName is required; the root device is /dev/xvda or /dev/sda1.")
		case !slices.Contains(rootDevices, m.DeviceName):
			return notYet(fmt.Sprintf("%s: the device '%s'", at, m.DeviceName), "only the root device (/dev/xvda or /dev/sda1) can be described")
		case i > 0:
			return ingot.InvalidValue(at+".deviceName", "The root device is described twice.")
		case m.NoDevice != nil, m.VirtualName != "":
			return notYet(at+": noDevice and virtualName", "leave them out")
		case m.Ebs != nil && m.Ebs.SnapshotId != "":
			return notYet(at+".ebs.snapshotId", "the root volume is made from the parent image")
		case m.Ebs != nil && m.Ebs.VolumeSize != nil && *m.Ebs.VolumeSize < 1:
			return ingot.InvalidValue(at+".ebs.volumeSize", "A volume has at least 1 GiB.")
		}
	}
	return nil
}

func (r *request) createRecipe(in *imagebuilder.CreateImageRecipeInput) (ingot.ARN, error) {
	a := r.named(ingot.KindImageRecipe, in.Name)
	wanted, err := ingot.ParseNewVersion(in.SemanticVersion)
	if err != nil {
		return a, err
	}
	platform, err := r.parentPlatform(in.ParentImage)
	if err != nil {
		return a, err
	}
	for i := range in.Components {
		if err := r.checkUse(fmt.Sprintf("components[%d]", i), &in.Components[i], platform); err != nil {
			return a, err
		}
	}
	for {
		if a.Version, err = r.nextVersion(a, wanted); err != nil {
			return a, err
		}
		err = r.insert(a, in.Name, "", r.recipe(a, in, platform))
		if !wanted.Wildcard() || ingot.CodeOf(err) != ingot.AlreadyExists {
			return a, err
		}
	}
}

func (r *request) recipe(a ingot.ARN, in *imagebuilder.CreateImageRecipeInput, platform string) *imagebuilder.ImageRecipe {
	return &imagebuilder.ImageRecipe{
		Arn: a.String(), Type: "AMI", Name: in.Name, Version: a.Version.String(), Description: in.Description, Platform: platform,
		Owner: r.Account, Components: in.Components, ParentImage: in.ParentImage, BlockDeviceMappings: in.BlockDeviceMappings,
		WorkingDirectory: in.WorkingDirectory, AdditionalInstanceConfiguration: in.AdditionalInstanceConfiguration,
		AmiTags: in.AmiTags, DateCreated: r.now, Tags: in.Tags,
	}
}

// parentPlatform returns the platform of the parent image.
func (r *request) parentPlatform(parent string) (string, error) {
	if strings.HasPrefix(parent, "arn:") {
		if _, err := r.arn("parentImage", parent, ingot.KindImage); err != nil {
			return "", err
		}
		image, err := (Catalog{}).Image(r.ctx, r.q, r.Account, r.Region, parent)
		if ingot.CodeOf(err) == ingot.NotFound && strings.Contains(parent, ":"+ingot.OwnerManaged+":") {
			return "", ingot.Errorf(ingot.NotFound, "%s On the server's host, `ingot image pull debian-12` makes debian-12-x86, and `ingot image list` shows what is there.", ingot.Missing(parent).Message)
		}
		if err != nil {
			return "", err
		}
		return image.Platform, nil
	}
	if !strings.HasPrefix(parent, "ami-") && !strings.HasPrefix(parent, "ssm:") && !strings.HasPrefix(parent, "/aws/") {
		return "", ingot.InvalidValue("parentImage", "'%s' is neither an AMI (ami-…) nor the ARN of an image.", parent)
	}
	if !strings.HasPrefix(parent, "ami-") {
		return "", notYet("The parent image '"+parent+"' (a parameter or a product)", "name an AMI (ami-…) or the ARN of an image")
	}
	_, _, err := access.May(r.ctx, r.q, access.BuildOn, r.Account, r.Region, parent)
	if errors.Is(err, access.ErrHidden) {
		return "", access.NoParent(parent, r.Region)
	}
	return "Linux", err // there are no other disks yet
}

// checkUse checks one component of a recipe: it exists, fits the platform, and its
// parameters are right.
func (r *request) checkUse(member string, use *imagebuilder.ComponentConfiguration, platform string) error {
	c, _, err := lookup[imagebuilder.Component](r, member+".componentArn", use.ComponentArn, ingot.KindComponent)
	if err != nil {
		return err
	}
	if c.Platform != platform {
		return ingot.InvalidValue(member+".componentArn", "The component '%s' is for the platform %s; the parent image has %s.", c.Arn, c.Platform, platform)
	}
	return parameters(member, c, use.Parameters)
}

// nextVersion replaces the wildcards of a version: the first becomes one more than the
// highest number behind the same prefix, all nodes after it become 0.
func (r *request) nextVersion(a ingot.ARN, wanted ingot.Version) (ingot.Version, error) {
	if !wanted.Wildcard() {
		return wanted, nil
	}
	all, err := r.siblings(a)
	if err != nil {
		return wanted, err
	}
	node := [3]int{}
	first := 0
	for wanted.Node(first) >= 0 { // there is a wildcard
		node[first] = wanted.Node(first)
		first++
	}
	for _, o := range all {
		if slices.Equal(node[:first], []int{o.Version.Node(0), o.Version.Node(1)}[:first]) {
			node[first] = max(node[first], o.Version.Node(first)+1)
		}
	}
	if node[first] > ingot.MaxVersionNode {
		return wanted, ingot.Errorf(ingot.InvalidVersionNumber, "There is no version after those that match '%s'.", wanted)
	}
	return ingot.NewVersion(node[0], node[1], node[2]), nil
}

// GetImageRecipe reads a recipe, or the newest that a pattern matches.
func (s *Service) GetImageRecipe(ctx context.Context, in *imagebuilder.GetImageRecipeInput) (*imagebuilder.GetImageRecipeOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	v, a, err := lookup[imagebuilder.ImageRecipe](r, "imageRecipeArn", in.ImageRecipeArn, ingot.KindImageRecipe)
	if err != nil {
		return nil, err
	}
	return &imagebuilder.GetImageRecipeOutput{ImageRecipe: v, LatestVersionReferences: latest(a)}, nil
}

// DeleteImageRecipe removes a recipe that no pipeline needs; images have copies of it.
func (s *Service) DeleteImageRecipe(ctx context.Context, in *imagebuilder.DeleteImageRecipeInput) (*imagebuilder.DeleteImageRecipeOutput, error) {
	err := s.update(ctx, func(r *request, _ *store.Tx) error {
		a, err := r.own("imageRecipeArn", in.ImageRecipeArn, ingot.KindImageRecipe)
		if err != nil {
			return err
		}
		if err := r.unreferenced(a); err != nil {
			return err
		}
		return r.remove(a)
	})
	if err != nil {
		return nil, err
	}
	return &imagebuilder.DeleteImageRecipeOutput{ImageRecipeArn: in.ImageRecipeArn}, nil
}

var recipeFilters = filters{"name", "parentImage", "platform"}

// ListImageRecipes lists all versions of all recipes.
func (s *Service) ListImageRecipes(ctx context.Context, in *imagebuilder.ListImageRecipesInput) (*imagebuilder.ListImageRecipesOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.ImageRecipe](r, paging{"ListImageRecipes", in, in.MaxResults, in.NextToken}, listing{
		List: store.List{Kind: ingot.KindImageRecipe}, owner: in.Owner, filters: recipeFilters, given: in.Filters,
	})
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListImageRecipesOutput{NextToken: next, ImageRecipeSummaryList: []imagebuilder.ImageRecipeSummary{}}
	for _, i := range items {
		v := i.document
		out.ImageRecipeSummaryList = append(out.ImageRecipeSummaryList, imagebuilder.ImageRecipeSummary{
			Arn: v.Arn, Name: v.Name, Platform: v.Platform, Owner: ownerName(v.Owner), ParentImage: v.ParentImage,
			DateCreated: v.DateCreated, Tags: v.Tags,
		})
	}
	return out, nil
}
