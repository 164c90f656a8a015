package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// service is the part of a facts file that is generated.
type service struct {
	source string
	Meta   struct {
		Protocol string `json:"protocol"`
		XMLNS    string `json:"xml_namespace"`
		Version  string `json:"api_version"`
		Target   string `json:"target_prefix"` // of the protocol json
	} `json:"meta"`
	Operations map[string]operation `json:"operations"`
	Shapes     map[string]shape     `json:"shapes"`
	used       map[string]bool      // shapes that an operation reaches
	nested     map[string]bool      // those of them that other shapes are made of
}

// Protocols of services.
const (
	restJSON  = "rest-json"
	plainJSON = "json"
	ec2Query  = "ec2"
)

// json reports whether documents of the service are JSON; else they are forms and XML.
func (s *service) json() bool { return s.Meta.Protocol == restJSON || s.Meta.Protocol == plainJSON }

type operation struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Input   string `json:"input"`
	Output  string `json:"output"`
	Wrapper string `json:"result_wrapper"`
}

type shape struct {
	Type     string     `json:"type"`
	Members  members    `json:"members"`
	Elem     string     `json:"elem"`
	ElemWire string     `json:"elem_wire"`
	Key      string     `json:"key"`
	Value    string     `json:"value"`
	KeyWire  string     `json:"key_wire"`   // name of a key in a form, if it is not "key"
	ValWire  string     `json:"value_wire"` // of a value, if it is not "value"
	Min      *int64     `json:"min"`
	Max      *int64     `json:"max"`
	Pattern  string     `json:"pattern"`
	RE2      string     `json:"re2"`
	Enum     []string   `json:"enum"`
	Error    *exception `json:"error"`
}

// exception says with what status a shape is answered as an error.
type exception struct{ status int }

// UnmarshalJSON reads the status, or an object that may have it.
func (e *exception) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &e.status) == nil {
		return nil
	}
	var object struct {
		Status int `json:"httpStatusCode"`
	}
	err := json.Unmarshal(text, &object)
	e.status = cmp.Or(object.Status, http.StatusBadRequest)
	return err
}

// members are those of a structure in the order of the model, in which a service
// checks them.
type members []member

type member struct {
	Name  string `json:"-"`
	Shape string `json:"shape"`
	Req   bool   `json:"req"`
	Token bool   `json:"token"`
	Loc   string `json:"loc"`   // query, uri, header, payload, or empty for the document
	Wire  string `json:"wire"`  // its name there, if it is another
	Query string `json:"query"` // its name in requests of EC2, if that is another still
}

// UnmarshalJSON reads an object and keeps its order.
func (m *members) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		one := member{Name: name.(string)}
		if err := d.Decode(&one); err != nil {
			return err
		}
		*m = append(*m, one)
	}
	return nil
}

// sorted gives the members by name, in which order Go structs have them.
func (m members) sorted() members {
	return slices.SortedFunc(slices.Values(m), func(a, b member) int { return strings.Compare(a.Name, b.Name) })
}

// has reports whether there is a member of that name.
func (m members) has(name string) bool {
	return slices.ContainsFunc(m, func(one member) bool { return one.Name == name })
}

// wire is the name of the member outside of Go.
func (m member) wire() string {
	if m.Wire == "" {
		return m.Name
	}
	return m.Wire
}

func read(path, only string) (*service, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &service{source: filepath.Base(path), used: map[string]bool{}, nested: map[string]bool{}}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if only != "" {
		keep := strings.Split(only, ",")
		maps.DeleteFunc(s.Operations, func(name string, _ operation) bool { return !slices.Contains(keep, name) })
	}
	for _, o := range s.Operations {
		s.reach(o.Input)
		s.reach(o.Output)
	}
	for _, name := range s.names() {
		if err := s.fit(name); err != nil {
			return nil, fmt.Errorf("%s: the shape %s: %w", path, name, err)
		}
	}
	return s, nil
}

// javaEscape is how patterns of models write a character by its number.
var javaEscape = regexp.MustCompile(`\\u([0-9A-Fa-f]{4})`)

// fit makes a shape one that can be generated, or says why it cannot be.
func (s *service) fit(name string) error {
	sh := s.Shapes[name]
	if sh.RE2 == "" && javaEscape.MatchString(sh.Pattern) {
		sh.RE2 = javaEscape.ReplaceAllString(sh.Pattern, `\x{$1}`)
		s.Shapes[name] = sh
	}
	if _, err := regexp.Compile(cmp.Or(sh.RE2, sh.Pattern)); err != nil {
		return fmt.Errorf("%w: write one that Go compiles as re2 beside it", err)
	}
	for _, m := range sh.Members {
		if s.json() && m.Loc == "" && m.wire() != m.Name {
			return fmt.Errorf("the member %s has another name in JSON, which is not supported", m.Name)
		}
	}
	return nil
}

// reach marks a shape and all that it is made of.
func (s *service) reach(name string) {
	if name == "" || s.used[name] {
		return
	}
	s.used[name] = true
	sh := s.Shapes[name]
	parts := []string{sh.Elem, sh.Key, sh.Value}
	for _, m := range sh.Members {
		parts = append(parts, m.Shape)
	}
	for _, part := range parts {
		s.nested[part] = true
		s.reach(part)
	}
}

// names lists the shapes that are used, sorted.
func (s *service) names() []string { return slices.Sorted(maps.Keys(s.used)) }

// operationNames lists the operations, sorted.
func (s *service) operationNames() []string { return slices.Sorted(maps.Keys(s.Operations)) }
