package ingot

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the type of a resource, as an ARN has it.
type Kind string

// The kinds of resource that have ARNs.
const (
	KindComponent      Kind = "component"
	KindImageRecipe    Kind = "image-recipe"
	KindContainer      Kind = "container-recipe"
	KindImage          Kind = "image"
	KindWorkflow       Kind = "workflow"
	KindPipeline       Kind = "image-pipeline"
	KindInfrastructure Kind = "infrastructure-configuration"
	KindDistribution   Kind = "distribution-configuration"
	KindLifecycle      Kind = "lifecycle-policy"
)

// typeNames are the names of kinds in the service's sentences.
var typeNames = map[Kind]string{
	KindComponent: "Component", KindImageRecipe: "ImageRecipe", KindContainer: "ContainerRecipe", KindImage: "Image",
	KindWorkflow: "Workflow", KindPipeline: "ImagePipeline", KindInfrastructure: "InfrastructureConfiguration",
	KindDistribution: "DistributionConfiguration", KindLifecycle: "LifecyclePolicy",
}

// TypeName returns the name of the kind in the service's sentences, or "" for a kind
// that does not exist.
func (k Kind) TypeName() string { return typeNames[k] }

// versioned kinds have a version in their ARN, built ones a build number too.
var (
	versioned = map[Kind]bool{KindComponent: true, KindImageRecipe: true, KindContainer: true, KindImage: true, KindWorkflow: true}
	built     = map[Kind]bool{KindComponent: true, KindImage: true, KindWorkflow: true}
)

// OwnerManaged is the owner of everything that Ingot ships; it takes the place of an
// account.
const OwnerManaged = "aws"

// ARN names a resource of Image Builder:
//
//	arn:aws:imagebuilder:REGION:OWNER:KIND/[GROUP/]SLUG[/VERSION[/BUILD]]
//
// Group is the type of a workflow in lower case and empty for other kinds.
// Version is zero for kinds without one; Build is 0 in a version ARN.
type ARN struct {
	Partition string
	Region    string
	Owner     string // account id, or "aws"
	Kind      Kind
	Group     string
	Slug      string
	Version   Version
	Build     int
}

// Slug makes the part of an ARN from a name: lower case, with hyphens for spaces and
// underscores. Names with the same slug are the same resource.
func Slug(name string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(name))
}

// ParseARN reads an ARN of any form. The error has code
// InvalidParameterValueException, or InvalidVersionNumberException when only the
// version is wrong.
func ParseARN(s string) (ARN, error) {
	f := strings.SplitN(s, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[2] != "imagebuilder" {
		return ARN{}, notARN(s)
	}
	path := strings.Split(f[5], "/")
	a := ARN{Partition: f[1], Region: f[3], Owner: f[4], Kind: Kind(path[0])}
	path = path[1:]
	if a.Kind == KindWorkflow && len(path) > 1 {
		a.Group, path = path[0], path[1:]
	}
	if len(path) == 0 || path[0] == "" {
		return ARN{}, notARN(s)
	}
	a.Slug = path[0]
	return a, a.parseVersion(s, path[1:])
}

func (a *ARN) parseVersion(s string, path []string) (err error) {
	if !versioned[a.Kind] {
		if len(path) > 0 {
			return notARN(s)
		}
		return nil
	}
	if len(path) < 1 || len(path) > 2 || (len(path) == 2 && !built[a.Kind]) {
		return notARN(s)
	}
	if a.Version, err = ParseVersion(path[0]); err != nil {
		return err
	}
	if len(path) == 2 {
		if a.Build, err = strconv.Atoi(path[1]); err != nil || a.Build < 1 || a.Version.Wildcard() {
			return notARN(s)
		}
	}
	return nil
}

func notARN(s string) *Error {
	return Errorf(InvalidParameterValue, "The value '%s' is not an ARN of Image Builder.", s)
}

func (a ARN) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "arn:%s:imagebuilder:%s:%s:%s/", a.Partition, a.Region, a.Owner, a.Kind)
	if a.Group != "" {
		b.WriteString(a.Group + "/")
	}
	b.WriteString(a.Slug)
	if versioned[a.Kind] {
		b.WriteString("/" + a.Version.String())
	}
	if a.Build > 0 {
		b.WriteString("/" + strconv.Itoa(a.Build))
	}
	return b.String()
}

// WithVersion returns the same resource at version v, as a version ARN.
func (a ARN) WithVersion(v Version) ARN {
	a.Version, a.Build = v, 0
	return a
}

// WithBuild returns build n of the same version.
func (a ARN) WithBuild(n int) ARN {
	a.Build = n
	return a
}

// BuildVersion returns the text "1.0.0/2" that images show as their version.
func (a ARN) BuildVersion() string { return fmt.Sprintf("%s/%d", a.Version, a.Build) }
