package visible_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ingot/internal/visible"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                  "",
		"plain text, 100 %": "plain text, 100 %",
		"a\tb":              "a\tb",
		"Grüße, 漢字, שלום, 🙂, e\u0301, a\u00a0b": "Grüße, 漢字, שלום, 🙂, e\u0301, a\u00a0b",
		"\x1b[2J\x1b]0;title\x07":               "^[[2J^[]0;title^G",
		"10%\r20%\r":                            "10%^M20%^M",
		"one\ntwo":                              "one^Jtwo",
		"\x00\x1f\x7f":                          "^@^_^?",
		"\u009b31m\u0085":                       `\u009b31m\u0085`,
		"\x9b31m \xff\xfe":                      `\x9b31m \xff\xfe`,
		"abc\u202etxt.exe\u2066x\u2069":         `abc\u202etxt.exe\u2066x\u2069`,
		"\u200e\u200f\u061c\u2028\u2029":        `\u200e\u200f\u061c\u2028\u2029`,
		"\u200b\u200d\ufeff\u00ad":              `\u200b\u200d\ufeff\u00ad`,
		"\ue000\U000e0041\U0010ffff":            `\ue000\U000e0041\U0010ffff`,
		"\ufffd":                                "\ufffd",
	} {
		if got := visible.Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	for in, want := range map[string][]string{
		"":                     {""},
		"one":                  {"one"},
		"one\n":                {"one"},
		"one\r\ntwo\r\n\r\n":   {"one", "two", ""},
		"a\r\n\x1b[A\rb\n\n\n": {"a", "^[[A^Mb", "", ""},
	} {
		if got := visible.Lines(in); !slices.Equal(got, want) {
			t.Errorf("Lines(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSentence(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"it failed", 20, "it failed"},
		{"it failed\n\n  because\r\n", 40, "it failed; because"},
		{"a\x1bb\n", 40, "a^[b"},
		{strings.Repeat("x", 30), 10, "xxxxxxx…"},
		{"ééééé", 9, "ééé…"},
		{"ééééé", 10, "ééééé"},
		{"\n\n", 10, ""},
		{strings.Repeat("\x00", 1<<20), 12, "^@^@^@^@^…"},
	} {
		if got := visible.Sentence(c.in, c.n); got != c.want {
			t.Errorf("Sentence(%.20q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

// FuzzLines holds that nothing that does something comes through, that plain text stays
// as it is, and that a line stays one line.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"plain", "a\r\nb\n", "\x1b[31m", "\u202e\u2028", "\xff\xfe", "\u009b", "🙂\U000e0041", "\\u202e"} {
		f.Add(seed, 100)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = 3 + max(0, n)%2000
		whole := strings.Join(visible.Lines(s), "\n")
		for _, text := range []string{whole, visible.Text(s), visible.Line(s) + "\n", visible.Sentence(s, n) + "\n"} {
			if !utf8.ValidString(text) {
				t.Fatalf("%q gives %q, which is no text", s, text)
			}
			for _, r := range text {
				if r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r == 0x61c {
					t.Fatalf("%q lets %U through: %q", s, r, text)
				}
			}
		}
		if strings.ContainsAny(visible.Line(s)+visible.Sentence(s, n), "\n\r") || len(visible.Sentence(s, n)) > n {
			t.Fatalf("%q gives more than a line", s)
		}
		if again := visible.Text(whole); again != whole && !strings.HasSuffix(whole, "\n") {
			t.Fatalf("%q becomes %q, and that %q", s, whole, again)
		}
	})
}
