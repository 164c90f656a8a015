package wire

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"ingot/api/model"
)

// xmlOf writes the members of an output by their tags: "a" is an element, "a>b" a list
// a with entries b, "a>k>v" a map a of keys k and values v. An absent member is left
// out; an empty list is an empty element, which clients show as an empty list. (Package
// encoding/xml can do either, but not both.)
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

// writeValue writes the content of an element; entry names the entries of a list.
func writeValue(b *strings.Builder, v reflect.Value, entry string) {
	if t, ok := v.Interface().(*model.Timestamp); ok {
		b.WriteString(t.UTC().Format(time.RFC3339))
		return
	}
	if bytes, ok := v.Interface().([]byte); ok {
		b.WriteString(base64.StdEncoding.EncodeToString(bytes))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		writeValue(b, v.Elem(), entry)
	case reflect.Map:
		writeMap(b, v, entry)
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

// writeMap writes the entries of a map, sorted by key; names are those of key and
// value, or empty for "key>value".
func writeMap(b *strings.Builder, v reflect.Value, names string) {
	keyName, valueName, _ := strings.Cut(cmp.Or(names, "key>value"), ">")
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return cmp.Compare(x.String(), y.String()) })
	for _, key := range keys {
		element(b, "entry", func() {
			element(b, keyName, func() { b.WriteString(escapeXML(key.String())) })
			element(b, valueName, func() { writeValue(b, v.MapIndex(key), "") })
		})
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
