package ingot_test

import (
	"testing"

	"ingot"
)

func TestARNRoundTrip(t *testing.T) {
	for _, s := range []string{
		"arn:aws:imagebuilder:us-east-1:123456789012:component/my-comp/1.0.0/1",
		"arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/x.x.x",
		"arn:aws:imagebuilder:us-east-1:123456789012:image-recipe/r/1.2.x",
		"arn:aws-cn:imagebuilder:cn-north-1:123456789012:workflow/test/w/2021.01.01/7",
		"arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/p",
	} {
		a, err := ingot.ParseARN(s)
		if err != nil || a.String() != s {
			t.Errorf("ParseARN(%q) = %v, %v", s, a, err)
		}
	}
}

func TestARNRefused(t *testing.T) {
	for _, s := range []string{
		"", "arn:aws:s3:::bucket", "arn:aws:imagebuilder:r:1:component/c",
		"arn:aws:imagebuilder:r:1:component/c/x.x.x/1", "arn:aws:imagebuilder:r:1:component/c/1.x.8",
		"arn:aws:imagebuilder:r:1:image-recipe/c/1.0.0/1", "arn:aws:imagebuilder:r:1:image-pipeline/p/1.0.0",
		"arn:aws:imagebuilder:r:1:component/c/1.0.0/0",
	} {
		if a, err := ingot.ParseARN(s); err == nil {
			t.Errorf("ParseARN(%q) = %v, want an error", s, a)
		}
	}
}

func FuzzParseARN(f *testing.F) {
	f.Add("arn:aws:imagebuilder:us-east-1:123456789012:component/my-comp/1.0.0/1")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ingot.ParseARN(s)
		if err != nil {
			return
		}
		if b, err := ingot.ParseARN(a.String()); err != nil || b != a {
			t.Errorf("ParseARN(%q) = %#v, whose text %q reads as %#v, %v", s, a, a, b, err)
		}
	})
}

func TestVersionMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, version string
		want             bool
	}{
		{"x.x.x", "3.1.0", true}, {"2.x.x", "2.9.4", true}, {"2.x.x", "3.1.0", false},
		{"2.4.x", "2.4.7", true}, {"2.4.x", "2.9.4", false}, {"1.0.0", "1.00.0", true},
	} {
		p, _ := ingot.ParseVersion(c.pattern)
		v, _ := ingot.ParseVersion(c.version)
		if got := p.Matches(v); got != c.want {
			t.Errorf("%s matches %s = %v", p, v, got)
		}
	}
}

// TestNewVersions takes an x anywhere in a version that is to be made, and only behind
// numbers in one that chooses.
func TestNewVersions(t *testing.T) {
	for text, chooses := range map[string]bool{"1.x.x": true, "x.x.x": true, "1.0.x": true, "1.x.0": false, "x.0.0": false, "x.1.x": false, "x.x.3": false} {
		if v, err := ingot.ParseNewVersion(text); err != nil || !v.Wildcard() || v.String() != text {
			t.Errorf("%s to be made: %v, %v", text, v, err)
		}
		if v, err := ingot.ParseVersion(text); (err == nil) != chooses || (err != nil && ingot.CodeOf(err) != ingot.InvalidVersionNumber) {
			t.Errorf("%s to choose: %v, %v", text, v, err)
		}
	}
	if v, err := ingot.ParseNewVersion("1.2.3"); err != nil || v.Wildcard() {
		t.Errorf("%v, %v", v, err)
	}
}

func TestStatusBefore(t *testing.T) {
	if got := ingot.Available.Before(); len(got) != 6 {
		t.Errorf("AVAILABLE may follow %v", got)
	}
	if got := ingot.Pending.Before(); got != nil {
		t.Errorf("PENDING may follow %v", got)
	}
	for _, s := range ingot.Failed.Before() {
		if s.Terminal() {
			t.Errorf("FAILED may follow %s", s)
		}
	}
}
