// Package model is the form of the tables that are generated from the facts of a
// service: operations with their routes, shapes with their constraints.
package model

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Kind is the type of a shape.
type Kind string

// The kinds of shape.
const (
	Structure Kind = "structure"
	List      Kind = "list"
	Map       Kind = "map"
	String    Kind = "string"
	Integer   Kind = "integer"
	Long      Kind = "long"
	Double    Kind = "double"
	Boolean   Kind = "boolean"
	Blob      Kind = "blob" // bytes; base64 in documents
	Time      Kind = "timestamp"
)

// Place is where a member is in a request.
type Place string

// The places of a member.
const (
	Body    Place = "" // in the document
	Query   Place = "query"
	URI     Place = "uri"
	Header  Place = "header"
	Payload Place = "payload" // is the whole body, in place of a document
)

// Shape is a type with its constraints. Min and Max bound the value of a number,
// the characters of a string, the bytes of a blob, and the entries of a list or map;
// nil is no bound.
type Shape struct {
	Kind     Kind
	Members  []Member // of a structure, in the order of the model
	Elem     string   // shape of the entries of a list, or of the values of a map
	Key      string   // shape of the keys of a map
	Min, Max *int64
	Pattern  string // as the model writes it
	RE2      string // used instead if Go cannot compile Pattern
	Enum     []string
	// KeyWire and ValueWire are the names of a map's keys and values in a form; empty
	// for "key" and "value".
	KeyWire, ValueWire string
}

// Member is one member of a structure.
type Member struct {
	Name     string
	Shape    string
	Wire     string // its name in the request, if different
	Place    Place
	Required bool
	Token    bool // an idempotency token
}

// Fault is how a service writes one of its exceptions.
type Fault struct {
	Status  int
	Message string // name of the member that has the text
	Reason  string // of the one that has the reason, or empty
}

// QueryName returns the name of the member in a request.
func (m Member) QueryName() string { return cmp.Or(m.Wire, m.Name) }

// Operation is one operation of the service S.
type Operation[S any] struct {
	Name   string
	Method string
	Path   string // with {name} for a URI label, the name being that of a member in requests
	Input  string // shape, or empty
	// Call decodes the input, calls the service and returns the output.
	Call func(ctx context.Context, service S, decode func(any) error) (any, error)
}

// Call returns the Call of an operation that calls a method.
func Call[S, In, Out any](method func(S, context.Context, *In) (*Out, error)) func(context.Context, S, func(any) error) (any, error) {
	return func(ctx context.Context, s S, decode func(any) error) (any, error) {
		in := new(In)
		if err := decode(in); err != nil {
			return nil, err
		}
		out, err := method(s, ctx, in)
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

// Tags is a map of tags that is written as {} when it is empty.
type Tags map[string]string

// MarshalJSON never writes null.
func (t Tags) MarshalJSON() ([]byte, error) {
	if t == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]string(t))
}

// Timestamp is a time that is written as a number of seconds since 1970.
type Timestamp struct{ time.Time }

// MarshalJSON writes seconds with milliseconds.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(t.UnixMilli())/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads seconds, with a fraction or without.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	s, err := strconv.ParseFloat(strings.TrimSpace(string(b)), 64)
	if err != nil {
		return fmt.Errorf("a time must be a number of seconds, not %s", b)
	}
	t.Time = time.UnixMilli(int64(math.Round(s * 1000))).UTC()
	return nil
}
