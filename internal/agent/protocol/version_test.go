package protocol_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"testing"

	"ingot/internal/agent/protocol"
)

// shapes has, for each version, the digest of every type that goes over the wire. An
// agent may be of another build than its server only while they are the same: to change a
// type, raise Version and add a line.
var shapes = map[int]string{
	1: "30443d222afa996b3e95f5ff083c7c68",
}

func TestVersionFitsTheTypes(t *testing.T) {
	got := hash(reflect.TypeFor[protocol.Request](), reflect.TypeFor[protocol.Reply]())
	if want := shapes[protocol.Version]; got != want {
		t.Errorf("the protocol's types have the digest %s; version %d has %q: raise Version and add the new digest", got, protocol.Version, want)
	}
}

// hash hashes the names, kinds and tags of all fields of types.
func hash(types ...reflect.Type) string {
	sum := sha256.New()
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(t reflect.Type) {
		fmt.Fprintf(sum, "%s %s\n", t.String(), t.Kind())
		if seen[t] {
			return
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(t.Elem())
		case reflect.Struct:
			if t.PkgPath() == "time" {
				return
			}
			for i := range t.NumField() {
				f := t.Field(i)
				fmt.Fprintf(sum, "%s %q\n", f.Name, f.Tag)
				visit(f.Type)
			}
		}
	}
	for _, t := range types {
		visit(t)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
