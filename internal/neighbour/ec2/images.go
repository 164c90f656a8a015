package ec2

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"

	"ingot"
	api "ingot/api/ec2"
	"ingot/internal/access"
	"ingot/internal/api/caller"
	"ingot/internal/store"
)

// amazonAccount is the account id that managed images show as their owner; in the store
// it is "aws".
const amazonAccount = "137112412989"

// DescribeImages lists the images that the caller may see and that match the request.
func (s *Service) DescribeImages(ctx context.Context, in *api.DescribeImagesInput) (*api.DescribeImagesOutput, error) {
	q := query{who: caller.From(ctx), in: in}
	if err := q.check(); err != nil {
		return nil, err
	}
	all, err := q.list(ctx, s.store.DB())
	if err != nil {
		return nil, err
	}
	if err := dry(in.DryRun); err != nil {
		return nil, err
	}
	images, err := q.pick(ctx, all)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeImagesOutput{Images: images}
	return out, cut(out, in)
}

// pick returns the images that match, and stops when the client has disconnected.
func (q *query) pick(ctx context.Context, all []store.AMI) ([]api.Image, error) {
	images := []api.Image{}
	for _, a := range all {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if image := q.show(a); matches(image, q.filters) {
			images = append(images, image)
		}
	}
	return images, nil
}

// query is the request of DescribeImages.
type query struct {
	who     caller.Identity
	in      *api.DescribeImagesInput
	filters []criterion
}

// mostNamed bounds the images, owners or users in a request; EC2 has this bound for
// images.
const mostNamed = 1000

// check checks the request itself.
func (q *query) check() (err error) {
	for name, list := range map[string][]string{"ImageId": q.in.ImageIds, "Owner": q.in.Owners, "ExecutableBy": q.in.ExecutableUsers} {
		if len(list) > mostNamed {
			return ingot.Errorf(invalidParameter, "The parameter %s has %d values; %d are the most.", name, len(list), mostNamed)
		}
	}
	for _, id := range q.in.ImageIds {
		if err := checkID(id); err != nil {
			return err
		}
	}
	if q.filters, err = criteria(q.in.Filters); err != nil {
		return err
	}
	if q.in.MaxResults != nil && len(q.in.ImageIds) > 0 {
		return ingot.Errorf(combination, "The parameter imageIds cannot be used with the parameter maxResults")
	}
	return nil
}

// list reads the images that the caller may see and that match ids, owners,
// executable-by and those filters that the database can apply. It refuses an id that
// the caller may not see.
func (q query) list(ctx context.Context, db store.Querier) ([]store.AMI, error) {
	ids := access.Wanted{IDs: unique(q.in.ImageIds)}
	all, err := q.ask(ctx, db, q.wanted(ids))
	if err != nil || len(all) == len(ids.IDs) || len(ids.IDs) == 0 {
		return all, err
	}
	seen, err := q.ask(ctx, db, ids)
	if err != nil {
		return nil, err
	}
	visible := map[string]bool{}
	for _, a := range seen {
		visible[a.ID] = true
	}
	if unknown := slices.DeleteFunc(ids.IDs, func(id string) bool { return visible[id] }); len(unknown) > 0 {
		return nil, access.NotFound(unknown...)
	}
	return all, nil
}

func (q query) ask(ctx context.Context, db store.Querier, w access.Wanted) ([]store.AMI, error) {
	all, err := access.List(ctx, db, q.who.Account, q.who.Region, w)
	if errors.Is(err, access.ErrTooMany) {
		return nil, ingot.Errorf(invalidParameter, "The request has too many values: %v.", err)
	}
	return all, err
}

// unique returns the values of a list once each, in their order.
func unique(list []string) (once []string) {
	seen := map[string]bool{}
	for _, v := range list {
		if !seen[v] {
			once = append(once, v)
		}
		seen[v] = true
	}
	return once
}

// wanted adds to w those filters that the database can apply, which saves reading rows.
// All filters are applied again afterwards.
func (q query) wanted(w access.Wanted) access.Wanted {
	w.Owners = q.owners(q.in.Owners)
	for _, u := range q.in.ExecutableUsers {
		if u == "self" {
			u = q.who.Account
		}
		w.ExecutableBy = append(w.ExecutableBy, u)
	}
	for _, f := range q.in.Filters {
		if slices.ContainsFunc(f.Values, func(v string) bool { return strings.ContainsAny(v, `*?\`) }) {
			continue // the database knows other wildcards
		}
		switch f.Name {
		case "image-id":
			w.IDs = narrower(w.IDs, f.Values)
		case "owner-id":
			w.Owners = narrower(w.Owners, q.owners(f.Values))
		case "name":
			w.Names = narrower(w.Names, f.Values)
		case "creation-date":
			w.Created = narrower(w.Created, f.Values)
		}
	}
	return w
}

// narrower returns the values of the first filter with a name; another filter with that
// name is applied afterwards.
func narrower(have, values []string) []string {
	if len(have) > 0 {
		return have
	}
	return values
}

// owners returns the owners in the store for those in a request.
func (q query) owners(names []string) (accounts []string) {
	for _, name := range names {
		switch name {
		case "self":
			name = q.who.Account
		case "amazon", amazonAccount:
			name = ingot.OwnerManaged
		case ingot.OwnerManaged:
			name = "" // EC2 does not know it by this name
		}
		accounts = append(accounts, name)
	}
	return accounts
}

func ownerID(a store.AMI) string {
	if a.Account == ingot.OwnerManaged {
		return amazonAccount
	}
	return a.Account
}

func public(a store.AMI) bool { return a.Account == ingot.OwnerManaged || a.Public }

// show returns the image as the caller sees it: only the owner sees tags.
func (q query) show(a store.AMI) api.Image {
	image := api.Image{
		ImageId: a.ID, State: "available", OwnerId: ownerID(a), ImageLocation: ownerID(a) + "/" + a.Name, Public: pointer(public(a)),
		Name: a.Name, Description: a.Description, CreationDate: a.Created, Architecture: a.Architecture, ImageType: "machine",
		PlatformDetails: "Linux/UNIX", UsageOperation: "RunInstances", RootDeviceName: a.RootDevice, RootDeviceType: "ebs",
		VirtualizationType: "hvm", Hypervisor: "xen", EnaSupport: pointer(true), BootMode: a.BootMode, BlockDeviceMappings: devices(a),
		SourceImageId: a.SourceAMI, SourceImageRegion: a.SourceRegion, DeregistrationProtection: "disabled",
	}
	if a.Account == ingot.OwnerManaged {
		image.ImageOwnerAlias = "amazon"
	}
	if a.Account == q.who.Account {
		for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
			image.Tags = append(image.Tags, api.Tag{Key: key, Value: a.Tags[key]})
		}
	}
	return image
}

// devices returns the image's one volume, its size rounded up to GiB.
func devices(a store.AMI) []api.BlockDeviceMapping {
	return []api.BlockDeviceMapping{{DeviceName: a.RootDevice, Ebs: &api.EbsBlockDevice{
		SnapshotId: a.SnapshotID, VolumeSize: pointer(int((a.Size + 1<<30 - 1) >> 30)), VolumeType: "gp3",
		DeleteOnTermination: pointer(true), Encrypted: pointer(false),
	}}}
}

// longestToken is longer than any token that is returned.
const longestToken = 256

// cut reduces the answer to one page.
func cut(out *api.DescribeImagesOutput, in *api.DescribeImagesInput) error {
	slices.SortStableFunc(out.Images, func(a, b api.Image) int {
		return cmp.Or(cmp.Compare(a.CreationDate, b.CreationDate), cmp.Compare(a.ImageId, b.ImageId))
	})
	if len(in.NextToken) > longestToken {
		return ingot.Errorf(invalidParameter, "Invalid value for nextToken: it is longer than any that was given out.")
	}
	if in.NextToken != "" {
		last, err := base64.RawURLEncoding.DecodeString(in.NextToken)
		created, id, ok := strings.Cut(string(last), " ")
		if err != nil || !ok {
			return ingot.Errorf(invalidParameter, "Invalid value '%s' for nextToken.", in.NextToken)
		}
		out.Images = slices.DeleteFunc(out.Images, func(a api.Image) bool {
			return cmp.Or(cmp.Compare(a.CreationDate, created), cmp.Compare(a.ImageId, id)) <= 0
		})
	}
	if n := in.MaxResults; n != nil && *n < 1 {
		return ingot.Errorf(invalidParameter, "Value ( %d ) for parameter maxResults is invalid. It must be at least 1.", *n)
	} else if n != nil && len(out.Images) > *n {
		out.Images = out.Images[:*n]
		last := out.Images[*n-1]
		out.NextToken = base64.RawURLEncoding.EncodeToString([]byte(last.CreationDate + " " + last.ImageId))
	}
	return nil
}
