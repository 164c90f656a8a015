package sigv4

import (
	"net/http"
	"slices"
	"strings"

	"ingot"
)

const algorithm = "AWS4-HMAC-SHA256"

// Bounds of what is read before the sender is known. Real clients stay far below: they
// sign some ten headers.
const (
	longestHeader = 8 << 10 // bytes of the Authorization header
	longestPart   = 128     // bytes of a key's id, a date, a region or a service
	mostHeaders   = 100     // signed headers
)

// Authorization is the content of the Authorization header.
type Authorization struct {
	AccessKey     string
	Date          string // yyyymmdd, the first part of the scope
	Region        string
	Service       string
	SignedHeaders []string
	Signature     string
}

// scope returns the scope that the key is derived for.
func (a Authorization) scope() string {
	return strings.Join([]string{a.Date, a.Region, a.Service, "aws4_request"}, "/")
}

// Read returns the authorization of a request.
func Read(r *http.Request) (Authorization, error) {
	header := r.Header.Get("Authorization")
	if header == "" && r.URL.Query().Has("X-Amz-Signature") {
		return Authorization{}, incomplete("Presigned URLs are not supported: send the signature in the Authorization header.")
	}
	return Parse(header)
}

// Parse reads the Authorization header. It checks no signature; [Begin] does.
func Parse(header string) (Authorization, error) {
	if header == "" {
		return Authorization{}, ingot.Errorf(MissingAuthenticationToken, "Missing Authentication Token")
	}
	if len(header) > longestHeader {
		return Authorization{}, incomplete("The Authorization header must have at most %d bytes.", longestHeader)
	}
	scheme, rest, _ := strings.Cut(header, " ")
	if scheme != algorithm {
		return Authorization{}, incomplete("The Authorization header must begin with '%s'.", algorithm)
	}
	a := Authorization{}
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			a.credential(value)
		case "SignedHeaders":
			a.SignedHeaders = strings.FieldsFunc(value, func(r rune) bool { return r == ';' })
		case "Signature":
			a.Signature = value
		}
	}
	return a, a.complete()
}

// credential reads KEY/DATE/REGION/SERVICE/aws4_request. It leaves the fields empty
// when the text has another form.
func (a *Authorization) credential(s string) {
	f := strings.Split(s, "/")
	long := func(part string) bool { return len(part) > longestPart }
	if len(f) == 5 && f[4] == "aws4_request" && !slices.ContainsFunc(f, long) {
		a.AccessKey, a.Date, a.Region, a.Service = f[0], f[1], f[2], f[3]
	}
}

func (a Authorization) complete() error {
	switch {
	case a.AccessKey == "" || a.Date == "" || a.Region == "" || a.Service == "":
		return incomplete("Authorization header requires 'Credential' parameter of the form KEY/DATE/REGION/SERVICE/aws4_request.")
	case a.Signature == "":
		return incomplete("Authorization header requires 'Signature' parameter.")
	case len(a.SignedHeaders) == 0:
		return incomplete("Authorization header requires 'SignedHeaders' parameter.")
	case len(a.SignedHeaders) > mostHeaders:
		return incomplete("'SignedHeaders' names %d headers; %d are the most.", len(a.SignedHeaders), mostHeaders)
	}
	return a.eachOnce()
}

// eachOnce refuses a header that is listed twice: its value would be hashed as often.
func (a Authorization) eachOnce() error {
	seen := make(map[string]bool, len(a.SignedHeaders))
	for _, name := range a.SignedHeaders {
		if seen[name] {
			return incomplete("'SignedHeaders' names '%s' more than once.", name)
		}
		seen[name] = true
	}
	return nil
}

func incomplete(format string, args ...any) *ingot.Error {
	return ingot.Errorf(IncompleteSignature, format, args...)
}
