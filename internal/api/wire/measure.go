package wire

import "ingot"

// Bounds of a JSON body. A value of two bytes takes fifty times as much memory once it
// is parsed; no request of the model comes near the bounds.
const (
	mostValues = 50000
	deepest    = 64 // nested objects and lists
)

// measure refuses a JSON text with too many values, or nested too deep, before it is
// parsed. It looks only at brackets and commas, not at whether the text is JSON.
func measure(text []byte) error {
	values, depth, quoted, escaped := 1, 0, false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case c == '"':
			quoted = true
		case c == '[' || c == '{':
			values++
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',':
			values++
		}
		if depth > deepest {
			return ingot.Errorf(ingot.InvalidRequest, "The body of the request has more than %d objects and lists in each other.", deepest)
		}
		if values > mostValues {
			return ingot.Errorf(ingot.InvalidRequest, "The body of the request has more than %d values.", mostValues)
		}
	}
	return nil
}
