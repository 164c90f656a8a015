// Command generate writes Go from the facts of a service: one file of types, one
// of operations, one of shapes with their constraints, and one of exceptions where the
// service's protocol has to know them.
package main

import (
	"flag"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	facts := flag.String("facts", "", "JSON file with the facts of a service")
	out := flag.String("out", "", "folder of the package to write")
	only := flag.String("only", "", "operations to write, with commas; empty: all")
	errors := flag.Bool("errors", false, "write the table of exceptions, too")
	flag.Parse()
	if err := run(*facts, *out, *only, *errors); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(facts, out, only string, errors bool) error {
	s, err := read(facts, only)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	files := map[string]string{"types.gen.go": s.types(), "operations.gen.go": s.operations(), "shapes.gen.go": s.shapes()}
	if errors {
		files["errors.gen.go"] = s.errors()
	}
	for name, text := range files {
		if err := s.write(filepath.Join(out, name), filepath.Base(out), text); err != nil {
			return err
		}
	}
	return nil
}

// write formats a file, with the imports that it uses.
func (s *service) write(path, pkg, text string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "// Code generated from %s; DO NOT EDIT.\n\n", s.source)
	if strings.HasSuffix(path, "types.gen.go") {
		fmt.Fprintf(&b, "// Package %s has the types, operations and constraints of the service.\n", pkg)
	}
	fmt.Fprintf(&b, "package %s\n\n", pkg)
	for _, imp := range []struct{ use, path string }{
		{"context.", "context"}, {"ingot.", "ingot"}, {"model.", "ingot/api/model"},
	} {
		if strings.Contains(text, imp.use) {
			fmt.Fprintf(&b, "import %q\n", imp.path)
		}
	}
	b.WriteString("\n" + text)
	source, err := format.Source([]byte(b.String()))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, source, 0o644)
}
