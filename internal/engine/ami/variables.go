package ami

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"ingot"
	"ingot/internal/document/dateformat"
)

var variable = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// Expand replaces the variables of names, descriptions and tag values of a
// distribution: imagebuilder:buildDate with an optional Java-style format, and
// imagebuilder:buildVersion.
func Expand(text string, at time.Time, build int) (string, error) {
	var fault error
	out := variable.ReplaceAllStringFunc(text, func(m string) string {
		body := variable.FindStringSubmatch(m)[1]
		switch format, dated := strings.CutPrefix(body, "imagebuilder:buildDate:"); {
		case body == "imagebuilder:buildVersion":
			return fmt.Sprint(build)
		case body == "imagebuilder:buildDate":
			return buildDate(at)
		case dated:
			date, err := dateformat.Format(at.UTC(), strings.TrimSpace(format))
			if err != nil {
				fault = ingot.Errorf(ingot.InvalidRequest, "The variable '{{%s}}' cannot be written: %v.", body, err)
			}
			return date
		}
		fault = ingot.Errorf(ingot.InvalidRequest, "The variable '{{%s}}' is not known here; use imagebuilder:buildDate or imagebuilder:buildVersion.", body)
		return m
	})
	return out, fault
}

// buildDate is the default form: 2020-02-18T22-49-38.704Z.
func buildDate(at time.Time) string {
	return at.UTC().Format("2006-01-02T15-04-05.000Z")
}
