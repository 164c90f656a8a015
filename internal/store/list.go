package store

import (
	"context"
	"fmt"
	"strings"

	"ingot"
)

// Fold tells which builds a list shows.
type Fold int

// The folds of a list.
const (
	EachBuild   Fold = iota // all builds
	EachVersion             // the newest build of each version
	EachName                // the newest build of the newest version of each name
)

// List describes a page of a list. All conditions hold together.
type List struct {
	Account, Region string
	Kind            ingot.Kind
	Fold            Fold
	Filters         []Filter
	Versions        [][]ingot.Version // one version or pattern of each set matches
	Of              ingot.ARN         // lists the builds of this version alone; the zero ARN for all
	Pipeline        string            // lists the images that this pipeline started; empty for all
	NewestFirst     bool              // the newest build comes first; else the oldest
	After           Position          // of the last item of the page before; the zero Position for the first page
	Limit           int               // of the items; a page has fewer if they are long
}

// Filter compares a facet of each row: one of the values is equal to it, or begins it.
type Filter struct {
	Facet  string
	Values []string
	Prefix bool
}

// Position is the place of an item in its list.
type Position struct{ Created, ARN string }

// Listed is an item of a list.
type Listed struct {
	Position
	Summary        string // the members of the document that lists show, as JSON
	Status, Reason string // of an image
}

// maxPage bounds the summaries of a page, in bytes: a page with longer ones has fewer items.
const maxPage = 256 << 10

// Page reads a page and reports whether there are more items behind it. It costs what the
// page has, however long the list is, unless the filters pass over many rows: the first
// filter is an index, the others look at each row.
func Page(ctx context.Context, q Querier, l List) (items []Listed, more bool, err error) {
	s := l.statement()
	rows, err := q.Query(ctx, s.text.String(), s.args...)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for size := 0; rows.Next(); {
		var x Listed
		if err := rows.Scan(&x.Created, &x.ARN, &x.Summary, &x.Status, &x.Reason); err != nil {
			return nil, false, err
		}
		if size += len(x.Summary); len(items) == l.Limit || len(items) > 0 && size > maxPage {
			return items, true, nil
		}
		items = append(items, x)
	}
	return items, false, rows.Err()
}

// statement is SQL under construction.
type statement struct {
	text strings.Builder
	args []any
}

// add appends text, in which each ? becomes the parameter of the next argument.
func (s *statement) add(text string, args ...any) {
	for _, a := range args {
		s.args = append(s.args, a)
		text = strings.Replace(text, "?", fmt.Sprintf("$%d", len(s.args)), 1)
	}
	s.text.WriteString(text)
}

// in appends a condition that a column has one of some values. Rows with the same value
// can be read in the order of an index, so one value is compared alone.
func (s *statement) in(column string, values []string) {
	if len(values) == 1 {
		s.add(column+" = ?", values[0])
		return
	}
	s.add(column + " IN (''")
	for _, v := range values {
		s.add(",?", v)
	}
	s.add(")")
}

func (l List) statement() *statement {
	s := &statement{}
	s.add("SELECT r.created, r.arn, r.summary, ")
	if l.Kind == ingot.KindImage {
		s.add("r.status, r.reason")
	} else {
		s.add("'', ''")
	}
	order, first := l.from(s), l.fold()
	s.add(first)
	if l.Pipeline != "" {
		s.add(" AND r.pipeline = ?", l.Pipeline)
	}
	l.ofVersion(s)
	l.filter(s)
	l.page(s, order)
	return s
}

// from appends the tables. It returns the one that has the order: that of the facets, if
// a filter can be looked up there, else that of the rows.
func (l List) from(s *statement) (order string) {
	table, kind := "resources", " AND r.kind = ?"
	if l.Kind == ingot.KindImage {
		table, kind = "images", " AND 'image' = ?"
	}
	if len(l.Filters) == 0 || l.Filters[0].Prefix {
		s.add(" FROM "+table+" r WHERE r.account = ? AND r.region = ?"+kind, l.Account, l.Region, string(l.Kind))
		return "r"
	}
	// CROSS JOIN has SQLite read the facets first.
	s.add(" FROM facets f CROSS JOIN "+table+" r WHERE f.account = ? AND f.region = ? AND f.kind = ? AND f.name = ? AND ",
		l.Account, l.Region, string(l.Kind), l.Filters[0].Facet)
	s.in("f.value", indexables(l.Filters[0].Values))
	s.add(" AND r.account = f.account AND r.region = f.region AND r.arn = f.arn")
	return "f"
}

func indexables(values []string) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = indexable(v)
	}
	return all
}

func (l List) fold() string {
	return [...]string{"", " AND r.newest_build = 1", " AND r.newest_version = 1"}[l.Fold]
}

func (l List) ofVersion(s *statement) {
	if v := l.Of.Version; l.Of.Slug != "" {
		if l.Kind != ingot.KindImage {
			s.add(" AND r.type = ?", l.Of.Group)
		}
		s.add(" AND r.slug = ? AND r.major = ? AND r.minor = ? AND r.patch = ?", l.Of.Slug, v.Node(0), v.Node(1), v.Node(2))
	}
	for _, set := range l.Versions {
		s.matches(set)
	}
}

// matches appends a condition that a row has one of some versions.
func (s *statement) matches(set []ingot.Version) {
	s.add(" AND (1 = 0")
	for _, v := range set {
		s.add(" OR 1 = 1")
		for i, column := range []string{"major", "minor", "patch"} {
			if v.Node(i) >= 0 {
				s.add(" AND r."+column+" = ?", v.Node(i))
			}
		}
	}
	s.add(")")
}

// filter appends the filters that are not looked up in from.
func (l List) filter(s *statement) {
	for i, f := range l.Filters {
		if i == 0 && !f.Prefix {
			continue
		}
		s.add(" AND EXISTS (SELECT 1 FROM facets x WHERE x.account = r.account AND x.region = r.region AND x.arn = r.arn AND x.name = ? AND (1 = 0", f.Facet)
		for _, v := range f.Values {
			if f.Prefix {
				s.add(" OR substr(x.value, 1, ?) = ?", len([]rune(v)), v)
			} else {
				s.add(" OR x.value = ?", indexable(v))
			}
		}
		s.add("))")
	}
}

// page appends the order and the bounds of the page. Builds of one version are in the order
// of their numbers.
func (l List) page(s *statement, order string) {
	direction, beyond := "", ">"
	if l.NewestFirst {
		direction, beyond = " DESC", "<"
	}
	if l.Of.Slug != "" {
		if after, err := ingot.ParseARN(l.After.ARN); err == nil {
			s.add(" AND r.build "+beyond+" ?", after.Build)
		}
		s.add(" ORDER BY r.build"+direction+" LIMIT ?", l.Limit+1)
		return
	}
	if l.After != (Position{}) {
		s.add(" AND ("+order+".created, "+order+".arn) "+beyond+" (?, ?)", l.After.Created, l.After.ARN)
	}
	s.add(" ORDER BY "+order+".created"+direction+", "+order+".arn"+direction+" LIMIT ?", l.Limit+1)
}
