package service

import (
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
		next = token(binding, strconv.Itoa(to)+" "+key(all[to-1]))
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

// token returns a token that holds two words.
func token(binding, text string) string {
	sum := sha256.Sum256([]byte(binding + text))
	return base64.RawURLEncoding.EncodeToString([]byte(text + " " + hex.EncodeToString(sum[:8])))
}

// begin returns the index of the first item of the page that a token asks for.
func begin[T any](all []T, text, binding string, key func(T) string) (int, error) {
	if text == "" {
		return 0, nil
	}
	number, last, err := openToken(binding, text)
	if err != nil {
		return 0, err
	}
	at, err := strconv.Atoi(number)
	if err != nil {
		return 0, badToken()
	}
	if i := slices.IndexFunc(all, func(v T) bool { return key(v) == last }); i >= 0 {
		return i + 1, nil
	}
	return min(max(at-1, 0), len(all)), nil // the item was deleted
}

// openToken returns the two words of a token.
func openToken(binding, text string) (first, second string, err error) {
	plain, err := base64.RawURLEncoding.DecodeString(text)
	words := strings.Fields(string(plain))
	if err != nil || len(words) != 3 || token(binding, words[0]+" "+words[1]) != text {
		return "", "", badToken()
	}
	return words[0], words[1], nil
}

func badToken() error {
	return ingot.Errorf(ingot.InvalidPaginationToken, "The nextToken is not one of this list; begin again without it.")
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

// folded returns a function that returns the group of a row and the ARN it shows: a
// version's, or the name's.
func folded(byName *bool) func(ingot.ARN) string {
	if !given(byName, false) {
		return func(a ingot.ARN) string { return a.WithVersion(a.Version).String() }
	}
	return func(a ingot.ARN) string { return latest(a).LatestVersionArn }
}
