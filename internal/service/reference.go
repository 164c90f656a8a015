package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// arn parses an ARN of one kind that the caller may see: its own, or that of a managed
// resource, in the region of the endpoint.
func (r *request) arn(member, text string, kind ingot.Kind) (ingot.ARN, error) {
	a, err := ingot.ParseARN(text)
	switch {
	case err != nil:
		return a, err
	case a.Kind != kind:
		return a, ingot.InvalidValue(member, "'%s' is not the ARN of a %s.", text, strings.ReplaceAll(string(kind), "-", " "))
	}
	return a, r.visible(member, a)
}

func (r *request) visible(member string, a ingot.ARN) error {
	switch {
	case a.Region != r.Region:
		return ingot.InvalidValue(member, "'%s' is in the region %s; this endpoint is %s.", a, a.Region, r.Region)
	case strings.HasPrefix(a.Owner, ingot.OwnerManaged+"-"):
		return ingot.Missing(a.String())
	case a.Owner != r.Account && a.Owner != ingot.OwnerManaged:
		return ingot.Errorf(ingot.Forbidden, "The resource '%s' belongs to another account and is not shared with yours.", a)
	}
	return nil
}

// own parses the ARN of a resource of the caller that is to be changed. Builds and
// versions must be exact.
func (r *request) own(member, text string, kind ingot.Kind) (ingot.ARN, error) {
	a, err := r.arn(member, text, kind)
	switch {
	case err != nil:
		return a, err
	case a.Owner == ingot.OwnerManaged:
		return a, ingot.Errorf(ingot.Forbidden, "The resource '%s' is managed and cannot be changed.", a)
	case a.Version.Wildcard():
		return a, ingot.Errorf(ingot.InvalidRequest, "The ARN '%s' has a wildcard; name the exact version.", a)
	}
	return a, nil
}

// ownBuild is own for kinds that have builds.
func (r *request) ownBuild(member, text string, kind ingot.Kind) (ingot.ARN, error) {
	a, err := r.own(member, text, kind)
	if err == nil && a.Build == 0 {
		err = ingot.InvalidValue(member, "'%s' must end with a build number, as in %s/1.", text, a)
	}
	return a, err
}

// find reads the resource that an ARN names, or the newest that it matches.
func (r *request) find(a ingot.ARN) (found store.Resource, err error) {
	if a.Build > 0 || a.Version.String() == "" {
		found, err = store.ResourceByARN(r.ctx, r.q, a.Owner, r.Region, a.String())
	} else {
		found, err = store.NewestResource(r.ctx, r.q, a.Owner, r.Region, a)
	}
	if errors.Is(err, store.ErrNoRows) {
		err = ingot.Missing(a.String())
	}
	return found, err
}

// document unmarshals the JSON of a row.
func document[T any](row store.Resource) (*T, error) {
	v := new(T)
	if err := json.Unmarshal([]byte(row.Document), v); err != nil {
		return nil, fmt.Errorf("reading %s: %w", row.ARN, err)
	}
	return v, nil
}

// lookup reads the resource that an ARN of a request names.
func lookup[T any](r *request, member, text string, kind ingot.Kind) (*T, ingot.ARN, error) {
	a, err := r.arn(member, text, kind)
	if err != nil {
		return nil, a, err
	}
	row, err := r.find(a)
	if err != nil {
		return nil, a, err
	}
	v, err := document[T](row)
	return v, row.ARN, err
}

// unreferenced refuses to delete a while another resource refers to it.
func (r *request) unreferenced(a ingot.ARN) error {
	references, err := store.References(r.ctx, r.q, r.Region, a)
	if err != nil || len(references) == 0 {
		return err
	}
	others, err := r.siblings(a)
	if err != nil {
		return err
	}
	for _, reference := range references {
		if blocks(reference.Text, a, others) {
			return depended(a)
		}
	}
	return nil
}

// named returns the ARN of a resource of the caller.
func (r *request) named(kind ingot.Kind, name string) ingot.ARN {
	return ingot.ARN{Partition: "aws", Region: r.Region, Owner: r.Account, Kind: kind, Slug: ingot.Slug(name)}
}

// insert writes a new resource; print may be empty.
func (r *request) insert(a ingot.ARN, name, print string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	err = store.InsertResource(r.ctx, r.q, store.Resource{
		Account: r.Account, Region: r.Region, ARN: a, Name: name, Fingerprint: print, Document: string(text), Created: r.now,
	})
	if errors.Is(err, store.ErrExists) {
		return exists(a)
	}
	return err
}

// change rewrites a resource of the caller.
func change[T any](r *request, a ingot.ARN, f func(*T) error) error {
	err := store.SetDocument(r.ctx, r.q, r.Account, r.Region, a.String(), func(text string) (string, error) {
		v, err := document[T](store.Resource{ARN: a, Document: text})
		if err != nil {
			return "", err
		}
		if err := f(v); err != nil {
			return "", err
		}
		changed, err := json.Marshal(v)
		return string(changed), err
	})
	if errors.Is(err, store.ErrNoRows) {
		return ingot.Missing(a.String())
	}
	return err
}

// remove deletes a resource of the caller.
func (r *request) remove(a ingot.ARN) error {
	there, err := store.DeleteResource(r.ctx, r.q, r.Account, r.Region, a)
	if err == nil && !there {
		return ingot.Missing(a.String())
	}
	return err
}

func exists(a ingot.ARN) error {
	return ingot.Errorf(ingot.AlreadyExists, "The following resource '%s' already exists: '%s'.", a.Kind.TypeName(), a)
}

func depended(a ingot.ARN) error {
	return ingot.Errorf(ingot.Dependency, "Resource dependency error: The resource ARN '%s' has other resources depended on it.", a)
}

// latest returns the four patterns that match a version and those after it. They are
// made from the version, not looked up.
func latest(a ingot.ARN) *imagebuilder.LatestVersionReferences {
	v := a.Version
	node := strings.Split(v.String(), ".")
	at := func(text string) string {
		base := strings.TrimSuffix(a.WithVersion(v).String(), v.String())
		return base + text
	}
	return &imagebuilder.LatestVersionReferences{
		LatestVersionArn:      at("x.x.x"),
		LatestMajorVersionArn: at(node[0] + ".x.x"),
		LatestMinorVersionArn: at(node[0] + "." + node[1] + ".x"),
		LatestPatchVersionArn: at(v.String()),
	}
}

// concrete parses the version of a new resource.
func concrete(member, text string) (ingot.Version, error) {
	v, err := ingot.ParseVersion(text)
	if err == nil && v.Wildcard() {
		err = ingot.InvalidValue(member, `%s must match pattern ^[0-9]+\.[0-9]+\.[0-9]+$`, member)
	}
	return v, err
}

// blocks reports whether a reference prevents the deletion of target, where others are
// what else it could name. A wildcard protects only the last resource that it matches.
func blocks(reference string, target ingot.ARN, others []ingot.ARN) bool {
	ref, err := ingot.ParseARN(reference)
	if err != nil || ref.Kind != target.Kind || ref.Owner != target.Owner || ref.Slug != target.Slug || !ref.Version.Matches(target.Version) {
		return false
	}
	if ref.Build > 0 {
		return ref.Build == target.Build
	}
	if !ref.Version.Wildcard() {
		return true
	}
	for _, o := range others {
		if o != target && ref.Version.Matches(o.Version) {
			return false
		}
	}
	return true
}

// siblings returns the ARNs of all versions and builds of a name.
func (r *request) siblings(a ingot.ARN) ([]ingot.ARN, error) {
	rows, err := store.ResourcesNamed(r.ctx, r.q, a.Owner, r.Region, a)
	all := make([]ingot.ARN, len(rows))
	for i := range rows {
		all[i] = rows[i].ARN
	}
	return all, err
}
