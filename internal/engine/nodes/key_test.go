package nodes_test

import (
	"reflect"
	"testing"

	"ingot/internal/engine/nodes"
)

// TestEveryFieldButTheNameMakesTheKey changes one field after another.
func TestEveryFieldButTheNameMakesTheKey(t *testing.T) {
	base := nodes.Made{}.Key()
	fields := reflect.TypeFor[nodes.Made]()
	for i := range fields.NumField() {
		var m nodes.Made
		switch f := reflect.ValueOf(&m).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int64:
			f.SetInt(1)
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"x"}))
		default:
			f.Set(reflect.MakeMap(f.Type()))
			f.SetMapIndex(reflect.ValueOf("x"), reflect.New(f.Type().Elem()).Elem())
		}
		name := fields.Field(i).Name
		if changed := m.Key() != base; changed == (name == "Name") {
			t.Errorf("%s: the key changed: %v", name, changed)
		}
	}
}
