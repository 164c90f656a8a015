package service

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"ingot"
	"ingot/api/imagebuilder"
)

// mostItems is the size of a page when the request does not say.
const mostItems = 25

// paging is the part of a list's request that all lists share.
type paging struct {
	operation string
	in        any // input of the request; its page members are not part of the binding
	max       *int
	token     string
}

// page returns one page of all items and the token of the next. The token names the
// last item before it, so items that are added or deleted meanwhile move nothing else.
func page[T any](r *request, p paging, all []T, key func(T) string) (items []T, next string, err error) {
	binding, err := r.binding(p)
	if err != nil {
		return nil, "", err
	}
	from, err := begin(all, p.token, binding, key)
	if err != nil {
		return nil, "", err
	}
	to := min(len(all), from+given(p.max, mostItems))
	if to < len(all) {
		next = token(binding, to, key(all[to-1]))
	}
	return append([]T{}, all[from:to]...), next, nil
}

// binding returns what a token is bound to: this list, account and filters.
func (r *request) binding(p paging) (string, error) {
	text, err := json.Marshal(p.in)
	if err != nil {
		return "", err
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return "", err
	}
	delete(members, "maxResults")
	delete(members, "nextToken")
	if text, err = json.Marshal([]any{r.Account, r.Region, p.operation, members}); err != nil {
		return "", err
	}
	return string(text), nil
}

func token(binding string, at int, last string) string {
	text := strconv.Itoa(at) + " " + last
	sum := sha256.Sum256([]byte(binding + text))
	return base64.RawURLEncoding.EncodeToString([]byte(text + " " + hex.EncodeToString(sum[:8])))
}

// begin returns the index of the first item of the page that a token asks for.
func begin[T any](all []T, text, binding string, key func(T) string) (int, error) {
	if text == "" {
		return 0, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	fields := strings.Fields(string(plain))
	if err != nil || len(fields) != 3 {
		return 0, badToken()
	}
	at, err := strconv.Atoi(fields[0])
	if err != nil || token(binding, at, fields[1]) != text {
		return 0, badToken()
	}
	if i := slices.IndexFunc(all, func(v T) bool { return key(v) == fields[1] }); i >= 0 {
		return i + 1, nil
	}
	return min(max(at-1, 0), len(all)), nil // the item was deleted
}

func badToken() error {
	return ingot.Errorf(ingot.InvalidPaginationToken, "The nextToken is not one of this list; begin again without it.")
}

// fields are the filters of a list: for each, a function that returns the values of an
// item.
type fields[T any] map[string]func(T) []string

// one returns the function of a filter that reads one member.
func one[T any](get func(T) string) func(T) []string {
	return func(v T) []string { return []string{get(v)} }
}

// filter returns the items that match. Values of one filter are alternatives; all
// filters must match.
func (f fields[T]) filter(all []T, filters []imagebuilder.Filter) ([]T, error) {
	for i, x := range filters {
		if f[x.Name] == nil {
			return nil, ingot.InvalidValue("filters["+strconv.Itoa(i)+"].name", "'%s' is not a filter of this list; it has %s.", x.Name, f.names())
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(v T) bool { return !f.matches(v, filters) }), nil
}

func (f fields[T]) matches(v T, filters []imagebuilder.Filter) bool {
	for _, x := range filters {
		has := f[x.Name](v)
		if !slices.ContainsFunc(x.Values, func(want string) bool {
			return slices.ContainsFunc(has, func(value string) bool { return equal(x.Name, value, want) })
		}) {
			return false
		}
	}
	return true
}

// equal compares a member with the value of a filter.
func equal(filter, value, want string) bool {
	switch filter {
	case "version":
		have, err := ingot.ParseVersion(value)
		pattern, bad := ingot.ParseVersion(want)
		return value == want || (err == nil && bad == nil && pattern.Matches(have))
	case "supportedOsVersion":
		return strings.HasPrefix(value, want)
	}
	return value == want
}

func (f fields[T]) names() string {
	var all []string
	for name := range f {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// ownerOf returns the account whose resources a list asks for; ok is false for owners
// that have no resources here.
func (r *request) ownerOf(owner string) (account string, ok bool) {
	switch owner {
	case "", "Self":
		return r.Account, true
	case "Amazon":
		return ingot.OwnerManaged, true
	}
	return "", false // Shared, ThirdParty and AWSMarketplace are not implemented
}

// byNameAndVersion refuses to list one item per name and to filter by version at once;
// of is what is listed.
func byNameAndVersion(of string, byName *bool, filters []imagebuilder.Filter) error {
	if given(byName, false) && slices.ContainsFunc(filters, func(f imagebuilder.Filter) bool { return f.Name == "version" }) {
		return invalidCombination("filters", "You cannot list %s by name and filter by version in the same request.", of)
	}
	return nil
}

// newestOf keeps one item of each group, the one with the highest version and build, at
// the position of the group's first.
func newestOf[T any](all []T, group func(ingot.ARN) string, arn func(T) string) ([]T, error) {
	var order []string
	newest := map[string]T{}
	at := map[string]ingot.ARN{}
	for _, v := range all {
		a, err := ingot.ParseARN(arn(v))
		if err != nil {
			return nil, err
		}
		g := group(a)
		if best, seen := at[g]; !seen {
			order = append(order, g)
		} else if cmp.Or(a.Version.Compare(best.Version), cmp.Compare(a.Build, best.Build)) < 0 {
			continue
		}
		newest[g], at[g] = v, a
	}
	kept := make([]T, len(order))
	for i, g := range order {
		kept[i] = newest[g]
	}
	return kept, nil
}

// folded returns a function that returns the group of a row and the ARN it shows: a
// version's, or the name's.
func folded(byName *bool) func(ingot.ARN) string {
	if !given(byName, false) {
		return func(a ingot.ARN) string { return a.WithVersion(a.Version).String() }
	}
	return func(a ingot.ARN) string { return latest(a).LatestVersionArn }
}

// buildsOf returns the builds of one version, or of all if none is named, newest first.
func buildsOf[T any](r *request, member, version string, kind ingot.Kind, all []T, arn func(T) string) ([]T, error) {
	slices.Reverse(all)
	if version == "" {
		return all, nil
	}
	a, err := r.arn(member, version, kind)
	if err != nil {
		return nil, err
	}
	if a.Version.Wildcard() || a.Build > 0 {
		return nil, ingot.InvalidValue(member, "'%s' must be the ARN of an exact version.", version)
	}
	var kept []T
	for _, v := range all {
		if of, err := ingot.ParseARN(arn(v)); err == nil && of.WithBuild(0) == a {
			kept = append(kept, v)
		}
	}
	slices.SortStableFunc(kept, func(x, y T) int {
		b, _ := ingot.ParseARN(arn(x))
		c, _ := ingot.ParseARN(arn(y))
		return cmp.Compare(c.Build, b.Build)
	})
	return kept, nil
}
