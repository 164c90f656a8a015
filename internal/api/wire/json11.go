package wire

import (
	"net/http"
	"strings"

	"ingot"
)

// json11 is the protocol "AWS JSON 1.1": all requests go to one path, a header names
// the operation, and input and output are JSON.
type json11 struct {
	target     string // before the name of the operation
	operations map[string]operation
	faults     faults
}

func (json11) contentType() string { return "application/x-amz-json-1.1" }

func (p json11) route(r *http.Request, _ []byte) (string, error) {
	target := r.Header.Get("X-Amz-Target")
	name, ours := strings.CutPrefix(target, p.target+".")
	if _, known := p.operations[name]; !ours || !known || r.Method != http.MethodPost {
		return "", ingot.Errorf(UnknownOperation, "There is no operation '%s'.", target)
	}
	return name, nil
}

func (json11) input(_ *http.Request, body []byte, _ operation) (map[string]any, error) {
	return parseBody(body)
}

func (json11) answer(_ operation, output any, _ string) ([]byte, error) { return writeJSON(output) }

func (p json11) fault(f *ingot.Error, _ string) (ingot.Code, []byte) {
	object := p.faults.body(f)
	object["__type"] = string(f.Code)
	text, err := writeJSON(object)
	if err != nil { // a map of strings can always be written
		panic(err)
	}
	return f.Code, text
}

// status returns 400 for every fault but the server's own: clients look at the code.
func (json11) status(usual int) int {
	if usual < http.StatusInternalServerError && usual != http.StatusRequestEntityTooLarge && usual != http.StatusRequestTimeout {
		return http.StatusBadRequest
	}
	return usual
}
