package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
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
	} `json:"meta"`
	Operations map[string]operation `json:"operations"`
	Shapes     map[string]shape     `json:"shapes"`
	used       map[string]bool      // shapes that an operation reaches
}

type operation struct {
	Method  string `json:"method"`
	Path    string `json:"path"`
	Input   string `json:"input"`
	Output  string `json:"output"`
	Wrapper string `json:"result_wrapper"`
}

type shape struct {
	Type     string   `json:"type"`
	Members  members  `json:"members"`
	Elem     string   `json:"elem"`
	ElemWire string   `json:"elem_wire"`
	Key      string   `json:"key"`
	Value    string   `json:"value"`
	Min      *int64   `json:"min"`
	Max      *int64   `json:"max"`
	Pattern  string   `json:"pattern"`
	RE2      string   `json:"re2"`
	Enum     []string `json:"enum"`
}

// members are those of a structure in the order of the model, in which a service
// checks them.
type members []member

type member struct {
	Name  string `json:"-"`
	Shape string `json:"shape"`
	Req   bool   `json:"req"`
	Token bool   `json:"token"`
	Loc   string `json:"loc"`
	Wire  string `json:"wire"`
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

// wire is the name of the member in the query protocols.
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
	s := &service{source: filepath.Base(path), used: map[string]bool{}}
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
	return s, nil
}

// reach marks a shape and all that it is made of.
func (s *service) reach(name string) {
	if name == "" || s.used[name] {
		return
	}
	s.used[name] = true
	sh := s.Shapes[name]
	for _, m := range sh.Members {
		s.reach(m.Shape)
	}
	s.reach(sh.Elem)
	s.reach(sh.Key)
	s.reach(sh.Value)
}

// names lists the shapes that are used, sorted.
func (s *service) names() []string { return slices.Sorted(maps.Keys(s.used)) }

// operationNames lists the operations, sorted.
func (s *service) operationNames() []string { return slices.Sorted(maps.Keys(s.Operations)) }
