package wire

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"
	"time"

	"ingot/api/model"
)

// xmlOf writes the members of an output by their tags: "a" is an element, "a>b" a
// list a with entries b. What is absent is left out; a list that is there and empty
// is an empty element, which clients show as an empty list. (Package encoding/xml
// can do either, but not both.)
func xmlOf(output any) string {
	var b strings.Builder
	writeStruct(&b, reflect.Indirect(reflect.ValueOf(output)))
	return b.String()
}

func writeStruct(b *strings.Builder, v reflect.Value) {
	for i := range v.NumField() {
		if member := v.Field(i); !member.IsZero() {
			name, entry, _ := strings.Cut(v.Type().Field(i).Tag.Get("xml"), ">")
			element(b, name, func() { writeValue(b, member, entry) })
		}
	}
}

// writeValue writes what stands in an element; entry names the entries of a list.
func writeValue(b *strings.Builder, v reflect.Value, entry string) {
	if t, ok := v.Interface().(*model.Timestamp); ok {
		b.WriteString(t.UTC().Format(time.RFC3339))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		writeValue(b, v.Elem(), entry)
	case reflect.Struct:
		writeStruct(b, v)
	case reflect.Slice:
		for i := range v.Len() {
			element(b, cmp.Or(entry, "member"), func() { writeValue(b, v.Index(i), "") })
		}
	default:
		b.WriteString(escapeXML(fmt.Sprint(v.Interface())))
	}
}

func element(b *strings.Builder, name string, content func()) {
	b.WriteString("<" + name + ">")
	content()
	b.WriteString("</" + name + ">")
}

func escapeXML(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil { // a buffer takes everything
		panic(err)
	}
	return b.String()
}
