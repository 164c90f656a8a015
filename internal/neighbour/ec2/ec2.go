// Package ec2 implements the operations of EC2 on machine images: list them, show who
// may launch them, and remove them. It reads the rows that the engine published and has
// no state.
package ec2

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"ingot"
	api "ingot/api/ec2"
	"ingot/internal/access"
	"ingot/internal/api/caller"
	"ingot/internal/store"
)

// EC2's codes for faults of these operations.
const (
	malformed        ingot.Code = "InvalidAMIID.Malformed"
	authFailure      ingot.Code = "AuthFailure"
	invalidParameter ingot.Code = "InvalidParameterValue"
	combination      ingot.Code = "InvalidParameterCombination"
	dryRunOperation  ingot.Code = "DryRunOperation"
	filterLimit      ingot.Code = "FilterLimitExceeded"
)

// Service implements the operations on machine images.
type Service struct {
	api.Unimplemented
	store *store.Store
}

// New returns a service on the rows of s.
func New(s *store.Store) *Service { return &Service{store: s} }

var idForm = regexp.MustCompile(`^ami-([0-9a-f]{8}|[0-9a-f]{17})$`)

func checkID(id string) error {
	if !idForm.MatchString(id) {
		return ingot.Errorf(malformed, "Invalid id: \"%s\" (expecting \"ami-...\")", id)
	}
	return nil
}

func dry(dryRun *bool) error {
	if dryRun != nil && *dryRun {
		return ingot.Errorf(dryRunOperation, "Request would have succeeded, but DryRun flag is set.")
	}
	return nil
}

// owned reads an image that the caller owns. A caller who may only use it is told that
// it belongs to another; for all others it does not exist.
func (s *Service) owned(ctx context.Context, q store.Querier, id string) (store.AMI, error) {
	if err := checkID(id); err != nil {
		return store.AMI{}, err
	}
	who := caller.From(ctx)
	a, grant, err := access.May(ctx, q, access.See, who.Account, who.Region, id)
	switch {
	case errors.Is(err, access.ErrHidden):
		return a, access.NotFound(id)
	case err == nil && grant.Reason != access.Owner:
		return a, ingot.Errorf(authFailure, "Not authorized for image:%s", id)
	}
	return a, err
}

// DescribeImageAttribute reads one attribute of an image; only its owner may.
func (s *Service) DescribeImageAttribute(ctx context.Context, in *api.DescribeImageAttributeInput) (*api.DescribeImageAttributeOutput, error) {
	a, err := s.owned(ctx, s.store.DB(), in.ImageId)
	if err != nil {
		return nil, err
	}
	if err := dry(in.DryRun); err != nil {
		return nil, err
	}
	out := &api.DescribeImageAttributeOutput{ImageId: a.ID}
	switch in.Attribute {
	case "launchPermission":
		out.LaunchPermissions, err = s.permissions(ctx, a)
	case "description":
		out.Description = &api.AttributeValue{Value: a.Description}
	case "bootMode":
		out.BootMode = &api.AttributeValue{Value: a.BootMode}
	case "blockDeviceMapping":
		out.BlockDeviceMappings = devices(a)
	case "deregistrationProtection":
		out.DeregistrationProtection = &api.AttributeValue{Value: "disabled"}
	case "kernel", "ramdisk", "productCodes", "sriovNetSupport", "tpmSupport", "uefiData", "lastLaunchedTime", "imdsSupport":
		// not set on any image here
	default:
		return nil, ingot.Errorf(invalidParameter, "Value (%s) for parameter attribute is invalid. Unknown attribute.", in.Attribute)
	}
	return out, err
}

func (s *Service) permissions(ctx context.Context, a store.AMI) ([]api.LaunchPermission, error) {
	given, err := store.Permissions(ctx, s.store.DB(), a.Account, a.Region, a.ID)
	all := make([]api.LaunchPermission, 0, len(given))
	for _, p := range given {
		all = append(all, api.LaunchPermission{
			UserId: p.UserID, Group: p.Group, OrganizationArn: p.OrganizationARN, OrganizationalUnitArn: p.OrganizationalUnitARN,
		})
	}
	return all, err
}

// DeregisterImage removes one region's image. Copies in other regions stay. The bytes
// are pruned when no image uses them.
func (s *Service) DeregisterImage(ctx context.Context, in *api.DeregisterImageInput) (*api.DeregisterImageOutput, error) {
	out := &api.DeregisterImageOutput{Return: pointer(true)}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		a, err := s.owned(ctx, tx, in.ImageId)
		if err != nil {
			return err
		}
		if err := dry(in.DryRun); err != nil {
			return err
		}
		if in.DeleteAssociatedSnapshots != nil && *in.DeleteAssociatedSnapshots {
			out.DeleteSnapshotResults = []api.DeleteSnapshotReturnCode{{SnapshotId: a.SnapshotID, ReturnCode: "success"}}
		}
		if _, err := store.DeleteAMI(ctx, tx, a.Account, a.Region, a.ID); err != nil {
			return fmt.Errorf("deregistering %s: %w", a.ID, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func pointer[T any](v T) *T { return &v }
