package main

import (
	"cmp"
	"fmt"
	"strings"
)

// types writes a struct for every structure. Inputs and outputs of operations are
// named after them; those that an operation lacks are empty.
func (s *service) types() string {
	var b strings.Builder
	for _, name := range s.names() {
		if s.Shapes[name].Type != "structure" {
			continue
		}
		for _, typ := range s.goNames(name) {
			s.structure(&b, name, typ)
		}
	}
	for _, name := range s.operationNames() {
		o := s.Operations[name]
		if o.Input == "" {
			fmt.Fprintf(&b, "// %[1]sInput is empty: %[1]s takes nothing.\ntype %[1]sInput struct{}\n\n", name)
		}
		if o.Output == "" {
			fmt.Fprintf(&b, "// %[1]sOutput is empty: %[1]s answers that it is done.\ntype %[1]sOutput struct{}\n\n", name)
		}
	}
	return b.String()
}

// goNames are the Go names of a structure: OpInput and OpOutput for each operation that
// has it as such, and its own where other structures have it.
func (s *service) goNames(shape string) (names []string) {
	for _, name := range s.operationNames() {
		o := s.Operations[name]
		if o.Input == shape {
			names = append(names, name+"Input")
		}
		if o.Output == shape {
			names = append(names, name+"Output")
		}
	}
	if s.nested[shape] {
		names = append(names, exported(shape))
	}
	return names
}

func (s *service) structure(b *strings.Builder, name, typ string) {
	sh := s.Shapes[name]
	output := strings.HasSuffix(typ, "Output")
	fmt.Fprintf(b, "// %s is the shape %s.\ntype %s struct {\n", typ, name, typ)
	for _, m := range sh.Members.sorted() {
		fmt.Fprintf(b, "%s %s %s\n", exported(m.Name), s.goType(m.Name, m.Shape), s.tag(m, output))
	}
	b.WriteString("}\n\n")
	if sh.Members.has("requestId") && output {
		fmt.Fprintf(b, "// SetRequestID writes the id of the request into the answer.\nfunc (o *%s) SetRequestID(id string) { o.RequestId = id }\n\n", typ)
	}
}

func exported(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// goType chooses the type of a member: what may be absent and has a useful zero
// value is a pointer, except strings, which are never both present and empty.
func (s *service) goType(member, name string) string {
	sh := s.Shapes[name]
	switch sh.Type {
	case "structure":
		return "*" + exported(name)
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
	case "blob":
		return "[]byte"
	}
	if name == "EmptyString" {
		return "*string"
	}
	return "string"
}

// tag writes where the member stands in the documents of the service's protocol:
// JSON, or XML answers (what they ask in query form is in the shapes). A member of an
// answer may stand beside its document.
func (s *service) tag(m member, output bool) string {
	sh := s.Shapes[m.Shape]
	switch {
	case !s.json() && sh.Type == "list" && sh.ElemWire != "":
		return fmt.Sprintf("`xml:%q`", m.wire()+">"+sh.ElemWire)
	case !s.json() && sh.Type == "map" && sh.KeyWire+sh.ValWire != "":
		return fmt.Sprintf("`xml:%q`", m.wire()+">"+cmp.Or(sh.KeyWire, "key")+">"+cmp.Or(sh.ValWire, "value"))
	case !s.json():
		return fmt.Sprintf("`xml:%q`", m.wire())
	case output && m.Loc == "header":
		return fmt.Sprintf("`json:\"-\" header:%q`", m.wire())
	case output && m.Loc == "payload":
		return "`json:\"-\" payload:\"true\"`"
	case m.Name == "tags" && m.Shape == "TagMap":
		return "`json:\"tags\"`"
	}
	return fmt.Sprintf("`json:%q`", m.Name+",omitzero")
}
