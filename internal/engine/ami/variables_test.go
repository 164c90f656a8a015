package ami_test

import (
	"strings"
	"testing"
	"time"

	"ingot/internal/engine/ami"
)

func TestExpandVariables(t *testing.T) {
	at := time.Date(2031, time.February, 3, 4, 5, 6, 789_000_000, time.FixedZone("EAST", 3600))
	for text, want := range map[string]string{
		"web {{ imagebuilder:buildDate }}":                                      "web 2031-02-03T03-05-06.789Z",
		"web {{imagebuilder:buildVersion}}":                                     "web 7",
		"{{ imagebuilder:buildDate:yyyyMMdd }}":                                 "20310203",
		"{{ imagebuilder:buildDate:HH-mm-ss.SSS }}":                             "03-05-06.789",
		"{{ imagebuilder:buildDate:'release 2 of' yyyy }}":                      "release 2 of 2031",
		"{{ imagebuilder:buildDate:d.M.yy }} / {{ imagebuilder:buildVersion }}": "3.2.31 / 7",
	} {
		if got, err := ami.Expand(text, at, 7); err != nil || got != want {
			t.Errorf("Expand(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for text, word := range map[string]string{
		"{{ imagebuilder:buildDate:yyyy-MM-ddTHH }}": "letter T",
		"{{ imagebuilder:buildDate:'yyyy }}":         "not closed",
		"{{ imagebuilder:buildDate: }}":              "empty",
		"{{ imagebuilder:date }}":                    "not known",
	} {
		if got, err := ami.Expand(text, at, 7); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("Expand(%q) = %q, %v; want the words %q", text, got, err, word)
		}
	}
}
