package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonical returns the canonical request.
func canonical(r *http.Request, a Authorization, payload string) string {
	return strings.Join([]string{
		r.Method, canonicalPath(r.URL, a.Service), canonicalQuery(r.URL.RawQuery),
		canonicalHeaders(r, a.SignedHeaders), strings.Join(a.SignedHeaders, ";"), payload,
	}, "\n")
}

// canonicalPath returns the path as sent, encoded once more: %2F becomes %252F. Only S3
// signs its paths as they are sent.
func canonicalPath(u *url.URL, service string) string {
	path := u.EscapedPath()
	switch {
	case path == "":
		return "/"
	case service == "s3":
		return path
	}
	return strings.ReplaceAll(escape(path), "%2F", "/")
}

// canonicalQuery sorts the parameters by their encoded names, then values.
func canonicalQuery(raw string) string {
	var pairs [][2]string
	for _, p := range strings.FieldsFunc(raw, func(r rune) bool { return r == '&' }) {
		name, value, _ := strings.Cut(p, "=")
		pairs = append(pairs, [2]string{escape(unescape(name)), escape(unescape(value))})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var b strings.Builder
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p[0] + "=" + p[1])
	}
	return b.String()
}

// unescape returns a text with a wrong escape unchanged: its signature will not match.
func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// canonicalHeaders returns one line for each signed header.
func canonicalHeaders(r *http.Request, signed []string) string {
	var b strings.Builder
	for _, name := range signed {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	return b.String()
}

// headerValue joins the values of a header and removes needless spaces. net/http moves
// two headers out of the map.
func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	var values []string
	for _, v := range r.Header.Values(name) {
		values = append(values, strings.Join(strings.Fields(v), " "))
	}
	return strings.Join(values, ",")
}

const hexDigits = "0123456789ABCDEF"

// escape encodes every byte but letters, digits and -._~, as AWS does.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + hexDigits[c>>4:c>>4+1] + hexDigits[c&15:c&15+1])
		}
	}
	return b.String()
}
