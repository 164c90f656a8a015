package service

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/document/component"
	"ingot/internal/store"
)

// CreateComponent makes a component: the first build of its version, or the next if its
// configuration differs from the newest build's.
func (s *Service) CreateComponent(ctx context.Context, in *imagebuilder.CreateComponentInput) (*imagebuilder.CreateComponentOutput, error) {
	doc, err := checkComponent(in)
	if err != nil {
		return nil, err
	}
	return once(ctx, s, "CreateComponent", in.ClientToken, in, func(r *request, _ *store.Tx) (*imagebuilder.CreateComponentOutput, error) {
		a, err := r.createComponent(in, doc)
		if err != nil {
			return nil, err
		}
		return &imagebuilder.CreateComponentOutput{
			ClientToken: in.ClientToken, ComponentBuildVersionArn: a.String(), LatestVersionReferences: latest(a),
		}, nil
	})
}

// languagePlatforms are the names of platforms in the component language.
var languagePlatforms = map[string]string{"Linux": component.Linux, "Windows": component.Windows, "macOS": component.Darwin}

func checkComponent(in *imagebuilder.CreateComponentInput) (*component.Document, error) {
	switch {
	case (in.Data == "") == (in.Uri == ""):
		return nil, combination("Exactly one of data and uri must be given.")
	case in.Uri != "":
		return nil, notYet("The member uri ("+in.Uri+")", "give the document itself as data")
	}
	doc, err := component.Accept([]byte(in.Data), languagePlatforms[in.Platform])
	if err != nil {
		return nil, ingot.InvalidValue("data", "%v", err)
	}
	return doc, checkParameters(doc.Parameters)
}

// Quotas of a component's parameters. Their texts are stored beside the document, where
// aliases count as often as they are used.
const (
	mostParameters = 25
	longestText    = 1024 // of a default or a description, in bytes
)

func checkParameters(all []component.Parameter) error {
	if len(all) > mostParameters {
		return ingot.Errorf(ingot.QuotaExceeded, "A component may have %d parameters; this one has %d.", mostParameters, len(all))
	}
	for _, p := range all {
		if len(p.Default) > longestText || len(p.Description) > longestText {
			return ingot.InvalidValue("data", "The default and the description of the parameter '%s' may have %d bytes each.", p.Name, longestText)
		}
	}
	return nil
}

func (r *request) createComponent(in *imagebuilder.CreateComponentInput, doc *component.Document) (ingot.ARN, error) {
	a := r.named(ingot.KindComponent, in.Name)
	var err error
	if a.Version, err = concrete("semanticVersion", in.SemanticVersion); err != nil {
		return a, err
	}
	print, err := fingerprint(in)
	if err != nil {
		return a, err
	}
	if err := r.differs(a, print); err != nil {
		return a, err
	}
	if err := dry(in.DryRun); err != nil {
		return a, err
	}
	if a.Build, err = store.NextBuild(r.ctx, r.q, r.Account, r.Region, a); err != nil {
		return a, err
	}
	return a, r.insert(a, in.Name, print, r.component(a, in, doc))
}

// differs refuses a component that already exists: one with the configuration of the
// newest build of its version, or the same version written differently.
func (r *request) differs(a ingot.ARN, print string) error {
	newest, err := store.NewestResource(r.ctx, r.q, r.Account, r.Region, a)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if newest.Fingerprint == print || newest.ARN.Version.String() != a.Version.String() {
		return exists(newest.ARN)
	}
	return nil
}

func (r *request) component(a ingot.ARN, in *imagebuilder.CreateComponentInput, doc *component.Document) *imagebuilder.Component {
	c := &imagebuilder.Component{
		Arn: a.String(), Name: in.Name, Version: a.Version.String(), Description: in.Description,
		ChangeDescription: in.ChangeDescription, Type: doc.Type(), Platform: in.Platform, SupportedOsVersions: in.SupportedOsVersions,
		Owner: r.Account, Data: in.Data, KmsKeyId: in.KmsKeyId, Encrypted: pointer(true), DateCreated: r.now, Tags: in.Tags,
	}
	for _, p := range doc.Parameters {
		d := imagebuilder.ComponentParameterDetail{Name: p.Name, Type: p.Type, Description: p.Description}
		if p.HasDefault {
			d.DefaultValue = []string{p.Default}
		}
		c.Parameters = append(c.Parameters, d)
	}
	return c
}

// GetComponent reads a build of a component, or the newest that a pattern matches.
func (s *Service) GetComponent(ctx context.Context, in *imagebuilder.GetComponentInput) (*imagebuilder.GetComponentOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	c, a, err := lookup[imagebuilder.Component](r, "componentBuildVersionArn", in.ComponentBuildVersionArn, ingot.KindComponent)
	if err != nil {
		return nil, err
	}
	return &imagebuilder.GetComponentOutput{Component: c, LatestVersionReferences: latest(a)}, nil
}

// DeleteComponent removes a build that no recipe needs.
func (s *Service) DeleteComponent(ctx context.Context, in *imagebuilder.DeleteComponentInput) (*imagebuilder.DeleteComponentOutput, error) {
	err := s.update(ctx, func(r *request, _ *store.Tx) error {
		a, err := r.ownBuild("componentBuildVersionArn", in.ComponentBuildVersionArn, ingot.KindComponent)
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
	return &imagebuilder.DeleteComponentOutput{ComponentBuildVersionArn: in.ComponentBuildVersionArn}, nil
}

// componentFilters are the filters of ListComponents.
var componentFilters = filters{"description", "name", "platform", "productCodes", "status", "supportedOsVersion", "type", "version"}

// ListComponents lists versions, or names, each as its newest build.
func (s *Service) ListComponents(ctx context.Context, in *imagebuilder.ListComponentsInput) (*imagebuilder.ListComponentsOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if err := byNameAndVersion("Components", in.ByName, in.Filters); err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.Component](r, paging{"ListComponents", in, in.MaxResults, in.NextToken}, listing{
		List: store.List{Kind: ingot.KindComponent, Fold: fold(in.ByName)}, owner: in.Owner, filters: componentFilters, given: in.Filters,
	})
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListComponentsOutput{NextToken: next, ComponentVersionList: []imagebuilder.ComponentVersion{}}
	for _, c := range items {
		out.ComponentVersionList = append(out.ComponentVersionList, componentVersion(c.document, folded(in.ByName)(c.arn)))
	}
	return out, nil
}

func componentVersion(c *imagebuilder.Component, arn string) imagebuilder.ComponentVersion {
	return imagebuilder.ComponentVersion{
		Arn: arn, Name: c.Name, Version: c.Version, Description: c.Description, Platform: c.Platform,
		SupportedOsVersions: c.SupportedOsVersions, Type: c.Type, Owner: ownerName(c.Owner), DateCreated: c.DateCreated,
	}
}

// ListComponentBuildVersions lists the builds of a version, or of all, newest first.
func (s *Service) ListComponentBuildVersions(ctx context.Context, in *imagebuilder.ListComponentBuildVersionsInput) (*imagebuilder.ListComponentBuildVersionsOutput, error) {
	r, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	l := listing{List: store.List{Kind: ingot.KindComponent}}
	if err := l.builds(r, "componentVersionArn", in.ComponentVersionArn); err != nil {
		return nil, err
	}
	items, next, err := list[imagebuilder.Component](r, paging{"ListComponentBuildVersions", in, in.MaxResults, in.NextToken}, l)
	if err != nil {
		return nil, err
	}
	out := &imagebuilder.ListComponentBuildVersionsOutput{NextToken: next, ComponentSummaryList: []imagebuilder.ComponentSummary{}}
	for _, i := range items {
		c := i.document
		out.ComponentSummaryList = append(out.ComponentSummaryList, imagebuilder.ComponentSummary{
			Arn: c.Arn, Name: c.Name, Version: c.Version, Description: c.Description, ChangeDescription: c.ChangeDescription,
			Platform: c.Platform, SupportedOsVersions: c.SupportedOsVersions, Type: c.Type, Owner: ownerName(c.Owner),
			DateCreated: c.DateCreated, Tags: c.Tags,
		})
	}
	return out, nil
}

// parameters checks the values that a recipe has for a component's parameters against
// their declarations.
func parameters(member string, c *imagebuilder.Component, values []imagebuilder.ComponentParameter) error {
	if len(values) == 0 && len(c.Parameters) == 0 {
		return nil // and the document need not be parsed inside the transaction
	}
	doc, err := component.Parse([]byte(c.Data))
	if err != nil {
		return err
	}
	if err := undeclared(member, doc, values); err != nil {
		return err
	}
	set := map[string]bool{}
	for i, v := range values {
		at := member + ".parameters[" + strconv.Itoa(i) + "]"
		p := declared(doc, v.Name)
		if set[v.Name] {
			return ingot.InvalidValue(at+".name", "The parameter '%s' is given twice.", v.Name)
		}
		if err := allowed(at, p, v.Value); err != nil {
			return err
		}
		set[v.Name] = true
	}
	for _, p := range doc.Parameters {
		if !p.HasDefault && !set[p.Name] {
			return ingot.InvalidValue(member+".parameters", "The parameter '%s' of the component '%s' has no default; give it a value.", p.Name, c.Arn)
		}
	}
	return nil
}

// undeclared refuses values for parameters that the document does not declare.
func undeclared(member string, doc *component.Document, values []imagebuilder.ComponentParameter) error {
	var names []string
	for _, v := range values {
		if declared(doc, v.Name) == nil && !slices.Contains(names, v.Name) {
			names = append(names, v.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return invalidCombination(member+".parameters", "The following parameters are not defined in the provided component: %s", strings.Join(names, ", "))
}

func declared(doc *component.Document, name string) *component.Parameter {
	for i := range doc.Parameters {
		if doc.Parameters[i].Name == name {
			return &doc.Parameters[i]
		}
	}
	return nil
}
