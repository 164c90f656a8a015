package service

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
	"ingot/internal/store"
)

// listing is a list of resources that the store reads page by page.
type listing struct {
	store.List
	owner   string // as in the request
	filters filters
	given   []imagebuilder.Filter // of the request
}

// item is one resource of a list: the members of its document that lists show.
type item[T any] struct {
	arn      ingot.ARN
	document *T
}

// list reads one page and returns it with the token of the next. The token names the
// position of the last item, so items that are added or deleted meanwhile move nothing
// else.
func list[T any](r *request, p paging, l listing) (items []item[T], next string, err error) {
	if err := l.filters.apply(l.given, &l.List); err != nil {
		return nil, "", err
	}
	binding, err := r.binding(p)
	if err != nil {
		return nil, "", err
	}
	if l.After, err = position(binding, p.token); err != nil {
		return nil, "", err
	}
	owner, ok := r.ownerOf(l.owner)
	if !ok {
		return nil, "", nil
	}
	l.Region, l.Limit = r.Region, given(p.max, mostItems)
	if l.Account == "" {
		l.Account = owner
	}
	rows, more, err := store.Page(r.ctx, r.q, l.List)
	if err != nil {
		return nil, "", err
	}
	if more {
		last := rows[len(rows)-1].Position
		next = token(binding, last.Created+" "+last.ARN)
	}
	items, err = decode[T](rows)
	return items, next, err
}

func position(binding, text string) (p store.Position, err error) {
	if text != "" {
		p.Created, p.ARN, err = openToken(binding, text)
	}
	return p, err
}

func decode[T any](rows []store.Listed) ([]item[T], error) {
	items := make([]item[T], 0, len(rows))
	for _, row := range rows {
		a, err := ingot.ParseARN(row.ARN)
		if err != nil {
			return nil, err
		}
		v := new(T)
		if err := json.Unmarshal([]byte(row.Summary), v); err != nil {
			return nil, fmt.Errorf("reading the summary of %s: %w", a, err)
		}
		if image, ok := any(v).(*imagebuilder.Image); ok {
			image.State = &imagebuilder.ImageState{Status: row.Status, Reason: row.Reason}
		}
		items = append(items, item[T]{a, v})
	}
	return items, nil
}

// fold returns which builds a list shows.
func fold(byName *bool) store.Fold {
	if given(byName, false) {
		return store.EachName
	}
	return store.EachVersion
}

// builds makes the list one of builds, newest first: of all, or of one version.
func (l *listing) builds(r *request, member, version string) error {
	l.NewestFirst = true
	if version == "" {
		return nil
	}
	a, err := r.arn(member, version, l.Kind)
	if err != nil {
		return err
	}
	if a.Version.Wildcard() || a.Build > 0 {
		return ingot.InvalidValue(member, "'%s' must be the ARN of an exact version.", version)
	}
	l.Of, l.Account = a, a.Owner
	return nil
}

// filters are the names of a list's filters, sorted.
type filters []string

// apply sets the conditions of a list. Values of one filter are alternatives; all filters
// must match.
func (f filters) apply(given []imagebuilder.Filter, l *store.List) error {
	for i, x := range given {
		switch {
		case !slices.Contains(f, x.Name):
			return ingot.InvalidValue(fmt.Sprintf("filters[%d].name", i), "'%s' is not a filter of this list; it has %s.", x.Name, strings.Join(f, ", "))
		case x.Name == "version":
			l.Versions = append(l.Versions, versions(x.Values))
		default:
			l.Filters = append(l.Filters, store.Filter{Facet: x.Name, Values: x.Values, Prefix: x.Name == "supportedOsVersion"})
		}
	}
	return nil
}

// versions returns the versions and patterns among the values of a filter. Nothing matches
// the others.
func versions(values []string) (all []ingot.Version) {
	for _, value := range values {
		if v, err := ingot.ParseVersion(value); err == nil {
			all = append(all, v)
		}
	}
	return all
}
