package main

import (
	"fmt"
	"strings"
)

// types writes a struct for every structure. Inputs and outputs of operations are
// named after them.
func (s *service) types() string {
	var b strings.Builder
	for _, name := range s.names() {
		if s.Shapes[name].Type == "structure" {
			s.structure(&b, name)
		}
	}
	return b.String()
}

func (s *service) structure(b *strings.Builder, name string) {
	sh := s.Shapes[name]
	typ := s.typeName(name)
	fmt.Fprintf(b, "// %s is the shape %s.\ntype %s struct {\n", typ, name, typ)
	for _, m := range sh.Members.sorted() {
		fmt.Fprintf(b, "%s %s %s\n", exported(m.Name), s.goType(m.Name, m.Shape), s.tag(m))
	}
	b.WriteString("}\n\n")
	if sh.Members.has("requestId") && strings.HasSuffix(typ, "Output") {
		fmt.Fprintf(b, "// SetRequestID writes the id of the request into the answer.\nfunc (o *%s) SetRequestID(id string) { o.RequestId = id }\n\n", typ)
	}
}

// typeName is the Go name of a structure: OpInput and OpOutput for those of
// operations.
func (s *service) typeName(shape string) string {
	for name, o := range s.Operations {
		switch shape {
		case o.Input:
			return name + "Input"
		case o.Output:
			return name + "Output"
		}
	}
	return exported(shape)
}

func exported(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// goType chooses the type of a member: what may be absent and has a useful zero
// value is a pointer, except strings, which are never both present and empty.
func (s *service) goType(member, name string) string {
	sh := s.Shapes[name]
	switch sh.Type {
	case "structure":
		return "*" + s.typeName(name)
	case "list":
		return "[]" + strings.TrimPrefix(s.goType("", sh.Elem), "*")
	case "map":
		if name == "TagMap" {
			return "model.Tags"
		}
		return "map[string]" + strings.TrimPrefix(s.goType("", sh.Value), "*")
	case "integer":
		return "*int"
	case "long":
		return "*int64"
	case "double":
		return "*float64"
	case "boolean":
		return "*bool"
	case "timestamp":
		return "*model.Timestamp"
	}
	if name == "EmptyString" {
		return "*string"
	}
	return "string"
}

// tag writes where the member stands in the documents of the service's protocol:
// JSON, or XML answers (what they ask in query form is in the shapes).
func (s *service) tag(m member) string {
	switch sh := s.Shapes[m.Shape]; {
	case s.Meta.Protocol != "rest-json" && sh.Type == "list" && sh.ElemWire != "":
		return fmt.Sprintf("`xml:%q`", m.wire()+">"+sh.ElemWire)
	case s.Meta.Protocol != "rest-json":
		return fmt.Sprintf("`xml:%q`", m.wire())
	case m.Name == "tags":
		return "`json:\"tags\"`"
	}
	return fmt.Sprintf("`json:%q`", m.Name+",omitzero")
}
