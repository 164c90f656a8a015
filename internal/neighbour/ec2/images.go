package ec2

import (
	"cmp"
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"ingot"
	api "ingot/api/ec2"
	"ingot/internal/api/caller"
	"ingot/internal/service"
	"ingot/internal/store"
)

// amazonAccount is the account id under which managed images are shown; in the
// store their owner is "aws".
const amazonAccount = "137112412989"

// DescribeImages lists the images that the caller sees, narrowed by the request.
func (s *Service) DescribeImages(ctx context.Context, in *api.DescribeImagesInput) (*api.DescribeImagesOutput, error) {
	who := caller.From(ctx)
	all, err := store.AMIs(ctx, s.store.DB(), who.Region)
	if err != nil {
		return nil, err
	}
	q := &query{who: who.Account, in: in}
	all = slices.DeleteFunc(all, func(a store.AMI) bool { return !service.MaySee(a, who.Account) })
	if err := q.check(all); err != nil {
		return nil, err
	}
	images, err := q.pick(ctx, all)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeImagesOutput{Images: images}
	return out, cut(out, in)
}

// pick gives the images that are asked for, and stops when the client has left.
func (q *query) pick(ctx context.Context, all []store.AMI) ([]api.Image, error) {
	images := []api.Image{}
	for _, a := range all {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !q.asks(a) {
			continue
		}
		if image := q.show(a); matches(image, q.filters) {
			images = append(images, image)
		}
	}
	return images, nil
}

// query is what a DescribeImages asks for.
type query struct {
	who     string // account of the caller
	in      *api.DescribeImagesInput
	filters []criterion
}

// mostNamed is how many images, owners or users a request may name, as EC2 has it for
// images.
const mostNamed = 1000

func (q *query) check(seen []store.AMI) (err error) {
	for name, list := range map[string][]string{"ImageId": q.in.ImageIds, "Owner": q.in.Owners, "ExecutableBy": q.in.ExecutableUsers} {
		if len(list) > mostNamed {
			return ingot.Errorf(invalidParameter, "The parameter %s has %d values; %d are the most.", name, len(list), mostNamed)
		}
	}
	var unknown []string
	for _, id := range q.in.ImageIds {
		if err := checkID(id); err != nil {
			return err
		}
		if !slices.ContainsFunc(seen, func(a store.AMI) bool { return a.ID == id }) {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		return missing(unknown...)
	}
	if q.filters, err = criteria(q.in.Filters); err != nil {
		return err
	}
	if q.in.MaxResults != nil && len(q.in.ImageIds) > 0 {
		return ingot.Errorf(combination, "The parameter imageIds cannot be used with the parameter maxResults")
	}
	return dry(q.in.DryRun)
}

// asks reports whether ids, owners and executable-by let an image through.
func (q query) asks(a store.AMI) bool {
	return anyOf(q.in.ImageIds, func(id string) bool { return id == a.ID }) &&
		anyOf(q.in.Owners, func(o string) bool { return q.ownedBy(a, o) }) &&
		anyOf(q.in.ExecutableUsers, func(u string) bool { return q.executableBy(a, u) })
}

// anyOf is true if the list is empty or one of it passes.
func anyOf(list []string, pass func(string) bool) bool {
	return len(list) == 0 || slices.ContainsFunc(list, pass)
}

func (q query) ownedBy(a store.AMI, owner string) bool {
	switch owner {
	case "self":
		return a.Account == q.who
	case "amazon":
		return a.Account == ingot.OwnerManaged
	}
	return ownerID(a) == owner
}

// executableBy reports whether an image is shared with a user as EC2 shows it: by
// name for others, and for the caller itself too. With whom else an image is shared is
// for its owner alone to know.
func (q query) executableBy(a store.AMI, user string) bool {
	if user == "all" {
		return public(a)
	}
	if user == "self" {
		user = q.who
	}
	if user != q.who && a.Account != q.who {
		return false
	}
	return slices.ContainsFunc(a.Permissions, func(p store.Permission) bool { return p.UserID == user })
}

func ownerID(a store.AMI) string {
	if a.Account == ingot.OwnerManaged {
		return amazonAccount
	}
	return a.Account
}

func public(a store.AMI) bool {
	return a.Account == ingot.OwnerManaged || slices.ContainsFunc(a.Permissions, func(p store.Permission) bool { return p.Group == "all" })
}

// show is the image as the caller sees it: the owner's tags are the owner's alone.
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
	if a.Account == q.who {
		for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
			image.Tags = append(image.Tags, api.Tag{Key: key, Value: a.Tags[key]})
		}
	}
	return image
}

// devices is the one volume that an image has, its size rounded up to GiB.
func devices(a store.AMI) []api.BlockDeviceMapping {
	return []api.BlockDeviceMapping{{DeviceName: a.RootDevice, Ebs: &api.EbsBlockDevice{
		SnapshotId: a.SnapshotID, VolumeSize: pointer(int((a.Size + 1<<30 - 1) >> 30)), VolumeType: "gp3",
		DeleteOnTermination: pointer(true), Encrypted: pointer(false),
	}}}
}

// longestToken is more than any token has that is given out.
const longestToken = 256

// cut leaves one page of the answer.
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
