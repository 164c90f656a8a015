package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
)

// description is what lists and delete rules need to know of a document, so that they
// read no documents.
type description struct {
	summary    string // the document with the members that lists show, as JSON
	facets     []facet
	references []string // ARNs and ids of what the document names
}

// facet is one value of a member that a filter of a list compares.
type facet struct{ name, value string }

// describe returns the description of a document.
func describe(document any) (d description, err error) {
	var shown any
	switch v := document.(type) {
	case *imagebuilder.Component:
		shown, d.facets = describeComponent(v)
	case *imagebuilder.ImageRecipe:
		shown, d.facets, d.references = describeImageRecipe(v)
	case *imagebuilder.InfrastructureConfiguration:
		shown, d.facets = describeInfrastructure(v)
	case *imagebuilder.DistributionConfiguration:
		shown, d.facets = describeDistribution(v)
	case *imagebuilder.ImagePipeline:
		shown, d.facets, d.references = describePipeline(v)
	case *imagebuilder.Image:
		shown, d.facets = describeImage(v)
	default:
		return d, fmt.Errorf("no list shows a %T", document)
	}
	summary, err := json.Marshal(shown)
	d.summary = string(summary)
	return d, err
}

// describeText returns the description of the document of a kind.
func describeText(kind ingot.Kind, document string) (description, error) {
	var v any
	switch kind {
	case ingot.KindComponent:
		v = new(imagebuilder.Component)
	case ingot.KindImageRecipe:
		v = new(imagebuilder.ImageRecipe)
	case ingot.KindInfrastructure:
		v = new(imagebuilder.InfrastructureConfiguration)
	case ingot.KindDistribution:
		v = new(imagebuilder.DistributionConfiguration)
	case ingot.KindPipeline:
		v = new(imagebuilder.ImagePipeline)
	case ingot.KindImage:
		v = new(imagebuilder.Image)
	default:
		return description{}, fmt.Errorf("no list shows the kind %s", kind)
	}
	if err := json.Unmarshal([]byte(document), v); err != nil {
		return description{}, fmt.Errorf("reading a document: %w", err)
	}
	return describe(v)
}

func describeComponent(v *imagebuilder.Component) (shown *imagebuilder.Component, f []facet) {
	shown = &imagebuilder.Component{
		Arn: v.Arn, Name: v.Name, Version: v.Version, Description: v.Description, ChangeDescription: v.ChangeDescription,
		Platform: v.Platform, SupportedOsVersions: v.SupportedOsVersions, Type: v.Type, Owner: v.Owner, DateCreated: v.DateCreated, Tags: v.Tags,
	}
	f = []facet{{"description", v.Description}, {"name", v.Name}, {"platform", v.Platform}, {"type", v.Type}, {"status", "ACTIVE"}}
	for _, version := range v.SupportedOsVersions {
		f = append(f, facet{"supportedOsVersion", version})
	}
	return shown, f
}

func describeImageRecipe(v *imagebuilder.ImageRecipe) (shown *imagebuilder.ImageRecipe, f []facet, references []string) {
	shown = &imagebuilder.ImageRecipe{
		Arn: v.Arn, Name: v.Name, Platform: v.Platform, Owner: v.Owner, ParentImage: v.ParentImage, DateCreated: v.DateCreated, Tags: v.Tags,
	}
	references = []string{v.ParentImage}
	for _, c := range v.Components {
		references = append(references, c.ComponentArn)
	}
	return shown, []facet{{"name", v.Name}, {"parentImage", v.ParentImage}, {"platform", v.Platform}}, references
}

func describeInfrastructure(v *imagebuilder.InfrastructureConfiguration) (*imagebuilder.InfrastructureConfiguration, []facet) {
	return &imagebuilder.InfrastructureConfiguration{
		Arn: v.Arn, Name: v.Name, Description: v.Description, DateCreated: v.DateCreated, DateUpdated: v.DateUpdated,
		ResourceTags: v.ResourceTags, Tags: v.Tags, InstanceTypes: v.InstanceTypes, InstanceProfileName: v.InstanceProfileName,
		Placement: v.Placement,
	}, []facet{{"name", v.Name}}
}

func describeDistribution(v *imagebuilder.DistributionConfiguration) (*imagebuilder.DistributionConfiguration, []facet) {
	shown := &imagebuilder.DistributionConfiguration{
		Arn: v.Arn, Name: v.Name, Description: v.Description, DateCreated: v.DateCreated, DateUpdated: v.DateUpdated, Tags: v.Tags,
	}
	for _, d := range v.Distributions {
		shown.Distributions = append(shown.Distributions, imagebuilder.Distribution{Region: d.Region})
	}
	return shown, []facet{{"name", v.Name}}
}

func describePipeline(v *imagebuilder.ImagePipeline) (*imagebuilder.ImagePipeline, []facet, []string) {
	references := []string{v.ImageRecipeArn, v.ContainerRecipeArn, v.InfrastructureConfigurationArn, v.DistributionConfigurationArn}
	for _, w := range v.Workflows {
		references = append(references, w.WorkflowArn)
	}
	return v, []facet{
		{"description", v.Description}, {"distributionConfigurationArn", v.DistributionConfigurationArn},
		{"imageRecipeArn", v.ImageRecipeArn}, {"infrastructureConfigurationArn", v.InfrastructureConfigurationArn},
		{"name", v.Name}, {"status", v.Status},
	}, references
}

func describeImage(v *imagebuilder.Image) (*imagebuilder.Image, []facet) {
	return &imagebuilder.Image{
		Arn: v.Arn, Name: v.Name, Type: v.Type, Version: v.Version, Platform: v.Platform, OsVersion: v.OsVersion,
		DateCreated: v.DateCreated, OutputResources: v.OutputResources, Tags: v.Tags, BuildType: v.BuildType, ImageSource: v.ImageSource,
		LoggingConfiguration: v.LoggingConfiguration, DeprecationTime: v.DeprecationTime, LifecycleExecutionId: v.LifecycleExecutionId,
	}, []facet{{"name", v.Name}, {"osVersion", v.OsVersion}, {"platform", v.Platform}, {"type", v.Type}}
}

// record writes the facets and references of a row, in place of what they were.
func (d description) record(ctx context.Context, q Querier, account, region string, kind ingot.Kind, arn, created string) error {
	if err := forget(ctx, q, account, region, arn); err != nil {
		return err
	}
	for _, f := range d.facets {
		if f.value == "" {
			continue
		}
		if _, err := q.Exec(ctx, `INSERT INTO facets (account, region, kind, name, value, created, arn) VALUES ($1,$2,$3,$4,$5,$6,$7)
			ON CONFLICT DO NOTHING`, account, region, string(kind), f.name, indexable(f.value), created, arn); err != nil {
			return err
		}
	}
	for _, reference := range d.references {
		if reference == "" {
			continue
		}
		if _, err := q.Exec(ctx, `INSERT INTO resource_references (account, region, arn, target, reference) VALUES ($1,$2,$3,$4,$5)
			ON CONFLICT DO NOTHING`, account, region, arn, target(reference), reference); err != nil {
			return err
		}
	}
	return nil
}

// maxIndexed is the longest text, in bytes, that an index of either database takes beside
// the other columns.
const maxIndexed = 1024

// indexable returns a text, or its hash if the text is too long for an index.
func indexable(text string) string {
	if len(text) <= maxIndexed {
		return text
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text)))
}

// forget removes the facets and references of a row.
func forget(ctx context.Context, q Querier, account, region, arn string) error {
	for _, table := range []string{"facets", "resource_references"} {
		if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE account = $1 AND region = $2 AND arn = $3`, account, region, arn); err != nil {
			return err
		}
	}
	return nil
}

// target returns what a reference is found by, whatever version it names: the owner,
// kind and name of an ARN, or the reference itself if it is none.
func target(reference string) string {
	a, err := ingot.ParseARN(reference)
	if err != nil {
		return reference
	}
	return strings.Join([]string{a.Owner, string(a.Kind), a.Group, a.Slug}, "/")
}

// Reference is a reference to a resource, and one resource that makes it.
type Reference struct{ Text, From string }

// References lists the references that resources of a region make to the name of a, each
// text once. They may name another version of it.
func References(ctx context.Context, q Querier, region string, a ingot.ARN) ([]Reference, error) {
	r, err := q.Query(ctx, `SELECT reference, MIN(arn) FROM resource_references WHERE region = $1 AND target = $2
		GROUP BY reference ORDER BY reference`, region, target(a.String()))
	return Collect[Reference](r, err)(func(r Row) (x Reference, err error) { return x, r.Scan(&x.Text, &x.From) })
}
