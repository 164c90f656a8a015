package wire

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"ingot/api/model"
)

// payload returns the member of an input that is the whole body, if there is one.
func (s *shapes) payload(input string) (model.Member, bool) {
	for _, m := range s.members(input) {
		if m.Place == model.Payload {
			return m, true
		}
	}
	return model.Member{}, false
}

// setHeader sets a member from a header; a value in the body is ignored.
func (p restJSON) setHeader(document map[string]any, m model.Member, header http.Header) {
	if values := header.Values(m.QueryName()); len(values) > 0 {
		document[m.Name] = p.shapes.parse(m.Shape, values[0])
	} else {
		delete(document, m.Name)
	}
}

// typedBlob checks that bytes are base64.
func typedBlob(v any) (any, bool) {
	text, ok := v.(string)
	if !ok {
		return nil, false
	}
	_, err := base64.StdEncoding.DecodeString(text)
	return text, err == nil
}

// blobSize returns the number of bytes that a base64 text encodes.
func blobSize(text string) int64 {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0 // its type was checked
	}
	return int64(len(b))
}

// beside moves the members of an output that are not in the JSON to headers, or makes
// one of them the whole body.
func (a *Answer) beside(output any) {
	v := reflect.Indirect(reflect.ValueOf(output))
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		if name := tag.Get("header"); name != "" && !v.Field(i).IsZero() {
			if a.Header == nil {
				a.Header = http.Header{}
			}
			a.Header.Set(name, headerText(reflect.Indirect(v.Field(i))))
		}
		if tag.Get("payload") != "" {
			a.Body, a.ContentType = v.Field(i).Bytes(), "application/octet-stream"
		}
	}
}

func headerText(v reflect.Value) string {
	if t, ok := v.Interface().(model.Timestamp); ok {
		return t.UTC().Format(time.RFC1123)
	}
	return fmt.Sprint(v.Interface())
}
