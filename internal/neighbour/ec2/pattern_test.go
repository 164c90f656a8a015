package ec2

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	api "ingot/api/ec2"
	"ingot/internal/api/caller"
	"ingot/internal/store"
)

func TestPatterns(t *testing.T) {
	long := strings.Repeat("a", longestValue)
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "anything", true}, {"?", "", false}, {"?", "ü", true}, {"?", "ab", false},
		{"a*b", "ab", true}, {"a*b", "a-b-b", true}, {"a*b", "a-b-c", false}, {"*a*", "bab", true}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"**", "x", true}, {"*?*", "", false}, {`\*`, "*", true}, {`\*`, "x", false}, {`\?`, "?", true}, {`\\`, `\`, true}, {`a\`, `a\`, true},
		{`\a`, "a", true}, {".*", "abc", false}, {".*", ".abc", true}, {"a\n*", "a\nb", true},
		{long, long, true}, {long, long + "a", false}, {long, long[1:], false}, {long[:254] + "*", long + long, true},
		{strings.Repeat("?", longestValue), long, true}, {"*" + strings.Repeat("a*", 127), long, true},
		{strings.Repeat("a", 63) + "?*", strings.Repeat("a", 63), false}, {strings.Repeat("a", 63) + "?*", strings.Repeat("a", 64), true},
	} {
		if got := compile(c.pattern).match(c.text); got != c.want {
			t.Errorf("%.40q on %.40q: %t", c.pattern, c.text, got)
		}
	}
}

// reference is the same pattern as a regular expression.
func reference(value string) *regexp.Regexp {
	var b strings.Builder
	escaped := false
	for _, c := range value {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(c)))
			escaped = false
		case c == '\\':
			escaped = true
		case c == '*':
			b.WriteString(".*")
		case c == '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	if escaped {
		b.WriteString(`\\`)
	}
	return regexp.MustCompile(`(?s)^` + b.String() + `$`)
}

// FuzzPattern matches any pattern against any text as a regular expression does.
func FuzzPattern(f *testing.F) {
	f.Add("web-*", "web-1.0")
	f.Add(`*a?\*\\`, `banana*\`)
	f.Add("*"+strings.Repeat("a*", 100)+"b", strings.Repeat("a", 200))
	f.Add(strings.Repeat("?", 64)+"*", strings.Repeat("ü", 65))
	f.Add(`\`, "")
	f.Fuzz(func(t *testing.T, value, text string) {
		if !utf8.ValidString(value) || !utf8.ValidString(text) || utf8.RuneCountInString(value) > longestValue {
			return
		}
		if got, want := compile(value).match(text), reference(value).MatchString(text); got != want {
			t.Errorf("%q on %q: %t, the regular expression says %t", value, text, got, want)
		}
	})
}

// TestMatchingAllocatesNothing holds that patterns are compiled once for a request: an
// image costs no memory, however many patterns it is held against.
func TestMatchingAllocatesNothing(t *testing.T) {
	values := make([]string, mostValues)
	for i := range values {
		values[i] = fmt.Sprintf("*%d%s", i, strings.Repeat("a*", 120))
	}
	all, err := criteria([]api.Filter{{Name: "tag:team", Values: values}})
	if err != nil {
		t.Fatal(err)
	}
	image := api.Image{Tags: []api.Tag{{Key: "team", Value: strings.Repeat("a", 256)}}}
	if n := testing.AllocsPerRun(10, func() { matches(image, all) }); n > 2 { // the list of values
		t.Errorf("an image costs %v allocations", n)
	}
}

// TestScanEndsWithItsClient stops in the middle of the images.
func TestScanEndsWithItsClient(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	all := make([]store.AMI, 1000)
	looked := 0
	q := &query{who: caller.Identity{Account: "1"}, in: &api.DescribeImagesInput{}, filters: []criterion{{values: func(api.Image) []string {
		if looked++; looked == 10 {
			leave()
		}
		return nil
	}}}}
	if _, err := q.pick(ctx, all); !errors.Is(err, context.Canceled) || looked != 10 {
		t.Errorf("%d images were looked at: %v", looked, err)
	}
}

// BenchmarkPattern shows that time grows with the text alone.
func BenchmarkPattern(b *testing.B) {
	text := strings.Repeat("a", 256)
	for _, value := range []string{"*b", "*" + strings.Repeat("a*", 126) + "b", "*" + strings.Repeat("?", 253) + "b"} {
		p := compile(value)
		b.Run(fmt.Sprintf("%.8s", value), func(b *testing.B) {
			for b.Loop() {
				p.match(text)
			}
		})
	}
}
