package main

import (
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
	Type     string            `json:"type"`
	Members  map[string]member `json:"members"`
	Elem     string            `json:"elem"`
	ElemWire string            `json:"elem_wire"`
	Key      string            `json:"key"`
	Value    string            `json:"value"`
	Min      *int64            `json:"min"`
	Max      *int64            `json:"max"`
	Pattern  string            `json:"pattern"`
	RE2      string            `json:"re2"`
	Enum     []string          `json:"enum"`
}

type member struct {
	Shape string `json:"shape"`
	Req   bool   `json:"req"`
	Token bool   `json:"token"`
	Loc   string `json:"loc"`
	Wire  string `json:"wire"`
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
