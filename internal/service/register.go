package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// Registration is a disk that becomes an image without a build: a pulled parent, or a
// file that a user imports. Its bytes are in the region's blob store.
type Registration struct {
	Name         string // "debian-12-x86"
	Version      string // "12.0.0"
	Description  string
	OSVersion    string // "Debian 12"
	Digest       string // of the blob
	Size         int64  // bytes of the disk
	Architecture string // x86_64 or arm64
	RootDevice   string // "/dev/xvda" when empty
	BootMode     string // legacy-bios, uefi or uefi-preferred
}

// Sources of images that were not built here.
const (
	sourceManaged  = "AMAZON_MANAGED"
	sourceImported = "IMPORTED"
)

// RegisterManagedImage registers a pulled parent with the owner "aws": every account
// sees it.
func RegisterManagedImage(ctx context.Context, tx *store.Tx, region string, e Registration) (*imagebuilder.Image, error) {
	return register(ctx, tx, ingot.OwnerManaged, region, e, imagebuilder.Image{
		ImageSource: sourceManaged, EnhancedImageMetadataEnabled: pointer(false),
	})
}

// RegisterImportedImage registers a disk that an account imported.
func RegisterImportedImage(ctx context.Context, tx *store.Tx, account, region string, e Registration) (*imagebuilder.Image, error) {
	return register(ctx, tx, account, region, e, imagebuilder.Image{
		ImageSource: sourceImported, BuildType: "IMPORT", EnhancedImageMetadataEnabled: pointer(true),
	})
}

// maxOSVersion bounds the name of an operating system, in bytes.
const maxOSVersion = 128

var nameForm = regexp.MustCompile(`^[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]$`)

// register writes an AVAILABLE image as the next build of its version, and its
// published machine image.
func register(ctx context.Context, tx *store.Tx, account, region string, e Registration, image imagebuilder.Image) (*imagebuilder.Image, error) {
	if !nameForm.MatchString(e.Name) {
		return nil, ingot.InvalidValue("name", "'%s' must have 3 to 128 letters, digits, hyphens, underscores and inner spaces.", e.Name)
	}
	r := in(ctx, tx, account, region)
	if !ValidRegion(region) {
		return nil, ingot.InvalidValue("region", "'%s' is not the name of a region; regions look like us-east-1.", region)
	}
	if len(e.OSVersion) > maxOSVersion || strings.ContainsFunc(e.OSVersion, func(c rune) bool { return !unicode.IsGraphic(c) }) {
		return nil, ingot.InvalidValue("osVersion", "It must have at most %d letters, digits and other characters that can be seen.", maxOSVersion)
	}
	a := r.named(ingot.KindImage, e.Name)
	var err error
	if a.Version, err = concrete("version", e.Version); err != nil {
		return nil, err
	}
	if a.Build, err = store.NextBuild(ctx, tx, account, region, a); err != nil {
		return nil, err
	}
	ami := r.registeredAMI(a, e)
	if _, err := store.AMINamed(ctx, tx, account, region, ami.Name); err == nil { // registered in the same millisecond
		ami.Name += " " + strings.ReplaceAll(a.BuildVersion(), "/", "-")
	} else if !errors.Is(err, store.ErrNoRows) {
		return nil, err
	}
	if err := store.PutAMI(ctx, tx, ami); err != nil {
		return nil, err
	}
	state := &imagebuilder.ImageState{Status: string(ingot.Available)}
	image.Arn, image.Version, image.Type = a.String(), a.BuildVersion(), "AMI"
	image.Name, image.Platform, image.OsVersion, image.DateCreated, image.State = e.Name, "Linux", e.OSVersion, r.now, state
	image.OutputResources = &imagebuilder.OutputResources{Amis: []imagebuilder.Ami{
		{Region: region, Image: ami.ID, Name: ami.Name, Description: ami.Description, AccountId: account, State: state},
	}}
	return &image, store.InsertImage(ctx, tx, account, region, &image)
}

func (r *request) registeredAMI(a ingot.ARN, e Registration) store.AMI {
	ami := store.AMI{
		Account: r.Account, Region: r.Region, ID: "ami-" + hex17(a.String()), SnapshotID: "snap-" + hex17(a.String()),
		Name: e.Name + " " + strings.ReplaceAll(r.now, ":", "-"), Description: e.Description, ImageARN: a.String(), Digest: e.Digest,
		Size: e.Size, Architecture: e.Architecture, RootDevice: e.RootDevice, BootMode: e.BootMode, OSVersion: e.OSVersion, Created: r.now,
	}
	if ami.RootDevice == "" {
		ami.RootDevice = rootDevices[0]
	}
	return ami
}

// hex17 makes an id of EC2's form from a text.
func hex17(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:17]
}

// RemoveRegisteredImage removes a registered image and its machine images, which it
// returns. Their disks are pruned when nothing else has them. An image that a recipe of
// any account names is kept.
func RemoveRegisteredImage(ctx context.Context, tx *store.Tx, arn string) ([]store.AMI, error) {
	a, err := ingot.ParseARN(arn)
	if err != nil {
		return nil, err
	}
	image, err := store.ImageByARN(ctx, tx, arn)
	if errors.Is(err, store.ErrNoRows) {
		return nil, ingot.Missing(arn)
	}
	if err != nil {
		return nil, err
	}
	if image.ImageSource != sourceManaged && image.ImageSource != sourceImported {
		return nil, ingot.Errorf(ingot.InvalidRequest, "The image '%s' was built here: deregister its machine images, and delete it with DeleteImage.", arn)
	}
	if err := in(ctx, tx, a.Owner, a.Region).noRecipe(a); err != nil {
		return nil, err
	}
	all, err := store.AMIsOfImage(ctx, tx, a.Owner, a.Region, arn)
	if err != nil {
		return nil, err
	}
	for _, ami := range all {
		if _, err := store.DeleteAMI(ctx, tx, ami.Account, ami.Region, ami.ID); err != nil {
			return nil, err
		}
	}
	_, err = store.DeleteImage(ctx, tx, a.Owner, a.Region, a)
	return all, err
}

// noRecipe refuses to remove an image that a recipe of any account names.
func (r *request) noRecipe(a ingot.ARN) error {
	references, err := store.References(r.ctx, r.q, a.Region, a)
	for _, reference := range references {
		if reference.Text == a.String() {
			return ingot.Errorf(ingot.Dependency, "The image '%s' is the parent of the recipe '%s'; delete that first.", a, reference.From)
		}
	}
	return err
}
