package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// operations writes the interface of the service, a base that implements none of
// it, and the table of operations.
func (s *service) operations() string {
	var iface, base, table strings.Builder
	for _, name := range s.operationNames() {
		o := s.Operations[name]
		signature := fmt.Sprintf("%s(ctx context.Context, in *%sInput) (*%sOutput, error)", name, name, name)
		fmt.Fprintf(&iface, "%s\n", signature)
		fmt.Fprintf(&base, "// %[1]s is not implemented.\nfunc (Unimplemented) %[2]s { return nil, unimplemented(%[1]q) }\n\n", name, signature)
		fmt.Fprintf(&table, "{Name: %q, Method: %q, Path: %q, Input: %q, Call: model.Call(Service.%s)},\n", name, o.Method, o.Path, o.Input, name)
	}
	target := ""
	if s.Meta.Protocol == plainJSON {
		target = fmt.Sprintf("// Target stands before the names of operations in requests.\nconst Target = %q\n", s.Meta.Target)
	}
	return fmt.Sprintf(`// APIVersion is the version of the service's API.
const APIVersion = %q

// Namespace is that of the service's XML answers.
const Namespace = %q

%s
// Service is what an implementation of the service does, one method an operation.
type Service interface {
%s}

// Unimplemented answers every operation with an error that names it. An
// implementation embeds it and overrides what it can do.
type Unimplemented struct{}

func unimplemented(operation string) error {
	return ingot.Errorf(ingot.InvalidRequest, "The operation %%s is not implemented yet.", operation)
}

%s
// Operations is the table of all operations, sorted by name.
var Operations = []model.Operation[Service]{
%s}
`, s.Meta.Version, s.Meta.XMLNS, target, iface.String(), base.String(), table.String())
}

// errors writes how each exception of the service is told.
func (s *service) errors() string {
	var b strings.Builder
	b.WriteString("// Errors are the exceptions of the service.\nvar Errors = map[ingot.Code]model.Fault{\n")
	for _, name := range slices.Sorted(maps.Keys(s.Shapes)) {
		sh := s.Shapes[name]
		if sh.Error == nil {
			continue
		}
		fmt.Fprintf(&b, "%q: {Status: %d", name, sh.Error.status)
		for _, m := range sh.Members {
			switch strings.ToLower(m.Name) {
			case "message":
				fmt.Fprintf(&b, ", Message: %q", m.Name)
			case "reason":
				fmt.Fprintf(&b, ", Reason: %q", m.Name)
			}
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// shapes writes the constraints of all shapes that inputs reach.
func (s *service) shapes() string {
	inputs := &service{Shapes: s.Shapes, used: map[string]bool{}, nested: map[string]bool{}}
	for _, o := range s.Operations {
		inputs.reach(o.Input)
	}
	var b strings.Builder
	b.WriteString("// Shapes are the types of all inputs with their constraints.\nvar Shapes = map[string]model.Shape{\n")
	for _, name := range inputs.names() {
		fmt.Fprintf(&b, "%q: {%s},\n", name, s.shape(s.Shapes[name]))
	}
	b.WriteString("}\n\nfunc bound(n int64) *int64 { return &n }\n\nvar _ = bound\n")
	return b.String()
}

func (s *service) shape(sh shape) string {
	parts := []string{fmt.Sprintf("Kind: %q", sh.Type)}
	add := func(given bool, format string, value any) {
		if given {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add(sh.Elem != "", "Elem: %q", sh.Elem)
	add(sh.Value != "", "Elem: %q", sh.Value)
	add(sh.Key != "", "Key: %q", sh.Key)
	add(sh.KeyWire != "", "KeyWire: %q", sh.KeyWire)
	add(sh.ValWire != "", "ValueWire: %q", sh.ValWire)
	if sh.Min != nil {
		add(true, "Min: bound(%d)", *sh.Min)
	}
	if sh.Max != nil {
		add(true, "Max: bound(%d)", *sh.Max)
	}
	add(sh.Pattern != "", "Pattern: %q", sh.Pattern)
	add(sh.RE2 != "", "RE2: %q", sh.RE2)
	add(len(sh.Enum) > 0, "Enum: %#v", sh.Enum)
	if sh.Type == "structure" {
		parts = append(parts, "Members: []model.Member{"+s.members(sh)+"}")
	}
	return strings.Join(parts, ", ")
}

func (s *service) members(sh shape) string {
	var b strings.Builder
	for _, m := range sh.Members {
		fmt.Fprintf(&b, "\n{Name: %q, Shape: %q", m.Name, m.Shape)
		if wire := s.asked(m); wire != m.Name {
			fmt.Fprintf(&b, ", Wire: %q", wire)
		}
		if m.Loc != "" && m.Loc != "body" {
			fmt.Fprintf(&b, ", Place: %q", m.Loc)
		}
		if m.Req {
			b.WriteString(", Required: true")
		}
		if m.Token {
			b.WriteString(", Token: true")
		}
		b.WriteString("},")
	}
	return b.String()
}

// asked is the name of a member in requests. EC2 has names of its own for them, or
// else writes the first letter large.
func (s *service) asked(m member) string {
	if s.Meta.Protocol == ec2Query {
		return cmp.Or(m.Query, exported(m.wire()))
	}
	return m.wire()
}
