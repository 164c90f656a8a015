package dateformat_test

import (
	"strings"
	"testing"
	"time"

	"ingot/internal/document/dateformat"
)

var at = time.Date(2031, time.February, 3, 14, 5, 6, 789_012_345, time.UTC)

func TestFormat(t *testing.T) {
	midnight := time.Date(2000, time.December, 31, 0, 0, 0, 0, time.UTC)
	east := time.Date(2031, time.November, 9, 3, 0, 0, 0, time.FixedZone("EAST", 5*3600+30*60))
	for _, c := range []struct {
		at              time.Time
		pattern, expect string
	}{
		{at, "yyyyMMdd", "20310203"},
		{at, "yyyy-MM-dd'T'HH-mm-ss.SSS'Z'", "2031-02-03T14-05-06.789Z"},
		{at, "yy.M.d", "31.2.3"},
		{at, "y u yyyyy", "2031 2031 02031"},
		{at, "MMM MMMM", "Feb February"},
		{at, "d dd D DDD", "3 03 34 034"},
		{at, "H HH h hh k kk K KK a", "14 14 2 02 14 14 2 02 PM"},
		{midnight, "H HH h hh k kk K KK a", "0 00 12 12 24 24 0 00 AM"},
		{at, "m mm s ss", "5 05 6 06"},
		{at, "S SS SSS SSSSSS SSSSSSSSS", "7 78 789 789012 789012345"},
		{at, "E EEE EEEE", "Mon Mon Monday"},
		{at, "X XX XXX x xx xxx Z z", "Z Z Z +00 +0000 +00:00 +0000 UTC"},
		{east, "XX XXX xxx Z", "+0530 +05:30 +05:30 +0530"},
		{midnight, "yy D", "00 366"},
		// Digits and other text stand for themselves, whatever they mean to Go's layouts.
		{at, "2 1 15 04 2006 01/02", "2 1 15 04 2006 01/02"},
		{at, "2-yyyy-06", "2-2031-06"},
		{at, "yyyy_MM.dd:HH", "2031_02.03:14"},
		{at, "d日M月", "3日2月"},
		// Quotes.
		{at, "'day' d", "day 3"},
		{at, "'o''clock' H", "o'clock 14"},
		{at, "''yy''", "'31'"},
		{at, "'yyyy' yyyy", "yyyy 2031"},
		{at, "'Jan Mon 2006 PM'", "Jan Mon 2006 PM"},
		{at, "''''", "''"},
		{at, "''''''", "'''"},
	} {
		if got, err := dateformat.Format(c.at, c.pattern); err != nil || got != c.expect {
			t.Errorf("Format(%q) = %q, %v; want %q", c.pattern, got, err, c.expect)
		}
	}
}

func TestRefused(t *testing.T) {
	for pattern, word := range map[string]string{
		"":               "empty",
		"yyyy-MM-ddTHH":  "letter T",
		"Jan":            "letter J",
		"Q":              "letter Q",
		"MMMMM":          "too many",
		"ddd":            "too many",
		"SSSSSSSSSS":     "too many",
		"EEEEE":          "too many",
		"aa":             "too many",
		"XXXX":           "too many",
		"ZZZZ":           "too many",
		"yyyyyyyyyy":     "too many",
		"yyyy'T":         "not closed",
		"'":              "not closed",
		"'''":            "not closed",
		"yyyy 'o''clock": "not closed",
	} {
		if got, err := dateformat.Format(at, pattern); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("Format(%q) = %q, %v; want the words %q", pattern, got, err, word)
		}
	}
}

// FuzzFormat checks that a pattern without letters and quotes stands for itself, and
// that nothing of a length without bound comes out.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "''", "2006-01-02", "'", "é", strings.Repeat("y", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		got, err := dateformat.Format(at, pattern)
		if err != nil {
			return
		}
		plain := !strings.ContainsFunc(pattern, func(r rune) bool { return r == '\'' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
		if plain && got != pattern || len(got) > 10*len(pattern) {
			t.Errorf("Format(%q) = %q", pattern, got)
		}
	})
}
