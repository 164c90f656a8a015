package main

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// directives are the arguments of the lines that generate the packages beside this one.
func directives(t *testing.T) (all [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "api.go"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if args, ok := strings.CutPrefix(line, "//go:generate go run ./internal/generate "); ok {
			all = append(all, strings.Fields(args))
		}
	}
	return all
}

// TestNoDrift generates everything anew and compares it with what is committed.
func TestNoDrift(t *testing.T) {
	services := 0
	for _, args := range directives(t) {
		var facts, name, only string
		var errors bool
		for i, a := range args {
			switch a {
			case "-facts":
				facts = args[i+1]
			case "-out":
				name = args[i+1]
			case "-only":
				only = args[i+1]
			case "-errors":
				errors = true
			}
		}
		services++
		dir := filepath.Join(t.TempDir(), name)
		if err := run(filepath.Join("..", "..", facts), dir, only, errors); err != nil {
			t.Fatal(err)
		}
		same(t, dir, filepath.Join("..", "..", name))
	}
	if facts, err := filepath.Glob("../../*.json"); err != nil || len(facts) != services {
		t.Errorf("there are facts of %v, and %d are generated (%v)", facts, services, err)
	}
}

// same compares the generated files of two folders.
func same(t *testing.T, fresh, committed string) {
	t.Helper()
	for _, pair := range [][2]string{{fresh, committed}, {committed, fresh}} {
		files, err := filepath.Glob(filepath.Join(pair[0], "*.gen.go"))
		if err != nil || len(files) < 3 {
			t.Fatalf("%s: %v, %v", pair[0], files, err)
		}
		for _, f := range files {
			want, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(pair[1], filepath.Base(f)))
			if err != nil || string(got) != string(want) {
				t.Errorf("%s/%s is not what the facts give (%v): run go generate ./api", committed, filepath.Base(f), err)
			}
		}
	}
}

// TestAllOperationsCompile generates every operation of every service, also those that
// are left out of the packages: some have no input or no output, some share a shape.
func TestAllOperationsCompile(t *testing.T) {
	all, err := filepath.Glob("../../*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, facts := range append(all, "testdata/odd.json") {
		dir := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(facts), ".json"))
		if err := run(facts, dir, "", true); err != nil {
			t.Fatal(err)
		}
		if pkg := compiled(t, dir); pkg.Scope().Lookup("Operations") == nil {
			t.Errorf("%s has no operations", facts)
		}
	}
}

// packages reads what generated code imports, once.
var (
	set      = token.NewFileSet()
	packages = importer.ForCompiler(set, "source", nil)
)

func compiled(t *testing.T, dir string) *types.Package {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	for _, f := range files {
		one, err := parser.ParseFile(set, f, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, one)
	}
	check := types.Config{Importer: packages}
	pkg, err := check.Check(filepath.Base(dir), set, parsed, nil)
	if err != nil {
		t.Fatalf("%s does not compile: %v", dir, err)
	}
	return pkg
}

// TestShapesOfSeveralOperations gives each operation types of its own, whatever shares
// a shape, and the same each time.
func TestShapesOfSeveralOperations(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "odd")
	if err := run("testdata/odd.json", dir, "", true); err != nil {
		t.Fatal(err)
	}
	scope := compiled(t, dir).Scope()
	for name, want := range map[string]string{
		"PutInput":  `struct{Data []byte "json:\"Data,omitzero\""; Id string "json:\"Id,omitzero\""; Sum string "json:\"Sum,omitzero\""}`,
		"PutOutput": `struct{Body []byte "json:\"-\" payload:\"true\""; Sum string "json:\"-\" header:\"x-sum\""}`,
		"AddInput":  `struct{Data []byte "json:\"Data,omitzero\""; Id string "json:\"Id,omitzero\""; Sum string "json:\"Sum,omitzero\""}`,
		"AddOutput": `struct{}`, "StopInput": `struct{}`, "StopOutput": `struct{}`,
		"Request":     `struct{Data []byte "json:\"Data,omitzero\""; Id string "json:\"Id,omitzero\""; Sum string "json:\"Sum,omitzero\""}`,
		"ListOutput":  `struct{All []odd.Request "json:\"All,omitzero\""; Counts map[string]int64 "json:\"Counts,omitzero\""}`,
		"Unreachable": "",
	} {
		object := scope.Lookup(name)
		if (object == nil) != (want == "") || (object != nil && object.Type().Underlying().String() != want) {
			t.Errorf("%s is %v, want %s", name, object, want)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "errors.gen.go"))
	if err != nil || !strings.Contains(string(text), `"GoneException": {Status: 410, Message: "message", Reason: "Reason"}`) || !strings.Contains(string(text), `"BadException":  {Status: 400}`) {
		t.Errorf("errors: %s, %v", text, err)
	}
}
