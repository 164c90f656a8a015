package plan

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/access"
	"ingot/internal/document/component"
	"ingot/internal/store"
)

// Catalog finds what a recipe names. References may be wildcards; they mean the newest
// that matches. A missing resource is an error with a code.
type Catalog interface {
	Component(ctx context.Context, q store.Querier, account, region, arn string) (*imagebuilder.Component, error)
	Image(ctx context.Context, q store.Querier, account, region, arn string) (*imagebuilder.Image, error)
}

// Defaults are the host's part of a plan.
type Defaults struct {
	CacheMaxAge time.Duration
	Now         time.Time
}

// defaultWorkDir is where components run when a recipe names no folder.
const defaultWorkDir = "/tmp"

// Resolve makes the plan of an accepted image from its document, in the transaction that
// accepts it. It refuses with a sentence what a build would fail of later, and what is
// not implemented.
func Resolve(ctx context.Context, q store.Querier, c Catalog, d Defaults, account, region string, image *imagebuilder.Image) (*Plan, error) {
	r := resolver{ctx: ctx, q: q, catalog: c, defaults: d, image: image, recipe: image.ImageRecipe}
	if r.recipe == nil {
		return nil, ingot.Errorf(ingot.InvalidRequest, "Container recipes are not implemented yet; use imageRecipeArn.")
	}
	arn, err := ingot.ParseARN(image.Arn)
	if err != nil {
		return nil, err
	}
	r.plan = &Plan{
		Account: account, Region: region, Image: image.Arn, Name: image.Name, Version: arn.Version.String(), Build: arn.Build,
		Pipeline: image.SourcePipelineArn, Platform: r.recipe.Platform, Describe: r.recipe.Description, Began: d.Now,
		Metadata: image.EnhancedImageMetadataEnabled == nil || *image.EnhancedImageMetadataEnabled,
		WorkDir:  r.recipe.WorkingDirectory,
	}
	if r.plan.WorkDir == "" {
		r.plan.WorkDir = defaultWorkDir
	}
	return r.plan, r.all()
}

// resolver fills in a plan part by part.
type resolver struct {
	ctx      context.Context
	q        store.Querier
	catalog  Catalog
	defaults Defaults
	image    *imagebuilder.Image
	recipe   *imagebuilder.ImageRecipe
	plan     *Plan
}

func (r *resolver) all() error {
	for _, part := range []func() error{
		r.parent, r.rootVolume, r.components, r.userData, r.machine, r.cache, r.destinations, r.workflows, r.unused,
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// parent finds the machine image that the build starts from. It checks access again,
// because the image may no longer be shared.
func (r *resolver) parent() error {
	id := r.recipe.ParentImage
	if strings.HasPrefix(id, "arn:") {
		image, err := r.catalog.Image(r.ctx, r.q, r.plan.Account, r.plan.Region, id)
		if err != nil {
			return err
		}
		r.plan.Parent.ARN = image.Arn
		if id, err = amiOf(image, r.plan.Region); err != nil {
			return err
		}
	}
	ami, _, err := access.May(r.ctx, r.q, access.BuildOn, r.plan.Account, r.plan.Region, id)
	if errors.Is(err, access.ErrHidden) {
		return access.NoParent(id, r.plan.Region)
	}
	if err != nil {
		return err
	}
	p := &r.plan.Parent
	p.AMI, p.Digest, p.Region, p.Size, p.Owner = ami.ID, ami.Digest, ami.Region, ami.Size, ami.Account
	return nil
}

func amiOf(image *imagebuilder.Image, region string) (string, error) {
	if image.OutputResources != nil {
		for _, a := range image.OutputResources.Amis {
			if a.Region == region {
				return a.Image, nil
			}
		}
	}
	return "", ingot.Errorf(ingot.InvalidRequest, "The parent image '%s' has no AMI in %s.", image.Arn, region)
}

// rootVolume takes the size of the root device from the recipe; a volume smaller than the
// parent is refused at launch, as on EC2, with EC2's words.
func (r *resolver) rootVolume() error {
	r.plan.RootBytes = r.plan.Parent.Size
	for _, m := range r.recipe.BlockDeviceMappings {
		if m.Ebs == nil {
			continue
		}
		if m.Ebs.VolumeSize != nil {
			r.plan.RootBytes = int64(*m.Ebs.VolumeSize) << 30
		}
		r.ignore(m.Ebs.VolumeType != "", "volumeType of %s", m.DeviceName)
		r.ignore(m.Ebs.Iops != nil, "iops of %s", m.DeviceName)
		r.ignore(m.Ebs.Throughput != nil, "throughput of %s", m.DeviceName)
		r.ignore(m.Ebs.Encrypted != nil && *m.Ebs.Encrypted, "encrypted of %s: the disk is stored as it is", m.DeviceName)
		r.ignore(m.Ebs.KmsKeyId != "", "kmsKeyId of %s", m.DeviceName)
	}
	return nil
}

func (r *resolver) components() error {
	for _, c := range r.recipe.Components {
		found, err := r.catalog.Component(r.ctx, r.q, r.plan.Account, r.plan.Region, c.ComponentArn)
		if err != nil {
			return err
		}
		doc, err := component.Parse([]byte(found.Data))
		if err != nil {
			return ingot.Errorf(ingot.InvalidRequest, "The document of component '%s' is not valid: %v", found.Arn, err)
		}
		r.plan.Components = append(r.plan.Components, resolved(found, doc, c.Parameters))
	}
	return nil
}

// resolved returns a component with the recipe's values for its parameters. Like the
// document's defaults they may name values that change at every build.
func resolved(found *imagebuilder.Component, doc *component.Document, given []imagebuilder.ComponentParameter) Component {
	p := Component{ARN: found.Arn, Name: found.Name, Data: found.Data}
	for _, v := range given {
		if p.Parameters == nil {
			p.Parameters = map[string][]string{}
		}
		p.Parameters[v.Name] = v.Value
		for _, text := range v.Value {
			doc.Parameters = append(doc.Parameters, component.Parameter{Name: v.Name, Default: text})
		}
	}
	p.Volatile = doc.Volatile()
	return p
}

func (r *resolver) userData() error {
	a := r.recipe.AdditionalInstanceConfiguration
	if a == nil || a.UserDataOverride == "" {
		return nil
	}
	text, err := base64.StdEncoding.DecodeString(a.UserDataOverride)
	if err != nil {
		return ingot.InvalidValue("additionalInstanceConfiguration.userDataOverride", "It must be base64.")
	}
	r.plan.UserData = string(text)
	return nil
}

// machineTag on an infrastructure configuration chooses the backend.
const machineTag = "ingot:machine"

func (r *resolver) machine() error {
	i := r.image.InfrastructureConfiguration
	if i == nil {
		return nil
	}
	m := &r.plan.Machine
	m.Types = i.InstanceTypes
	m.Keep = i.TerminateInstanceOnFailure != nil && !*i.TerminateInstanceOnFailure
	switch m.Backend = i.Tags[machineTag]; m.Backend {
	case "", "sandbox", "qemu":
	case "auto":
		m.Backend = ""
	default:
		return ingot.Errorf(ingot.InvalidRequest, "The tag %s of the infrastructure configuration must be auto, sandbox or qemu, not '%s'.", machineTag, m.Backend)
	}
	r.ignore(i.SubnetId != "", "subnetId: every machine has a network of its own")
	r.ignore(len(i.SecurityGroupIds) > 0, "securityGroupIds: every machine has a network of its own")
	r.ignore(i.KeyPair != "", "keyPair: `ingot machine shell` enters a kept machine")
	r.ignore(i.SnsTopicArn != "", "snsTopicArn: notifications are not implemented yet")
	r.ignore(i.Logging != nil, "logging: `ingot logs` shows the log")
	r.ignore(i.Placement != nil, "placement")
	r.ignore(len(i.ResourceTags) > 0, "resourceTags: machines here carry no tags")
	r.ignore(i.InstanceMetadataOptions != nil, "instanceMetadataOptions: there is no metadata service yet")
	r.ignore(i.InstanceProfileName != "", "instanceProfileName: there are no credentials in the machine")
	return nil
}

// unused notes the fields of the image and its recipe that have no effect.
func (r *resolver) unused() error {
	r.ignore(r.image.ExecutionRole != "", "executionRole: there are no roles here")
	r.ignore(r.image.LoggingConfiguration != nil, "loggingConfiguration: `ingot logs` shows the log")
	a := r.recipe.AdditionalInstanceConfiguration
	r.ignore(a != nil && a.SystemsManagerAgent != nil, "systemsManagerAgent: there is none in the machine")
	return nil
}

func (r *resolver) ignore(given bool, format string, args ...any) {
	if given {
		r.plan.Ignored = append(r.plan.Ignored, fmt.Sprintf(format, args...))
	}
}

// cacheTag on a recipe says how long nodes may be continued from.
const cacheTag = "ingot:cache"

func (r *resolver) cache() error {
	c := &r.plan.Cache
	c.Within = int64(r.defaults.CacheMaxAge / time.Second)
	c.Why = "nodes younger than " + r.defaults.CacheMaxAge.String() + " are used"
	tag := r.recipe.Tags[cacheTag]
	switch {
	case tag == "off":
		c.Off, c.Why = true, "the recipe's tag "+cacheTag+" switches the cache off"
	case tag == "always":
		c.Always, c.Why = true, "the recipe's tag "+cacheTag+" uses nodes of any age"
	case tag != "":
		d, err := time.ParseDuration(tag)
		if err != nil || d <= 0 {
			return ingot.Errorf(ingot.InvalidRequest, "The tag %s of the recipe must be off, always or a duration like 12h, not '%s'.", cacheTag, tag)
		}
		c.Within, c.Why = int64(d/time.Second), "the recipe's tag "+cacheTag+" uses nodes younger than "+tag
	case r.image.BuildType == "SCHEDULED":
		c.Off, c.Why = true, "a scheduled run picks up updates and does not use the cache"
	}
	return nil
}
