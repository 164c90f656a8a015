package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNoDrift generates everything anew and compares it with what is committed.
func TestNoDrift(t *testing.T) {
	for _, c := range []struct{ name, only string }{
		{"imagebuilder", ""},
		{"ec2", "DescribeImages,DescribeImageAttribute,DeregisterImage"},
		{"sts", "GetCallerIdentity"},
	} {
		dir := filepath.Join(t.TempDir(), c.name)
		if err := run(filepath.Join("..", "..", c.name+".json"), dir, c.only); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) != 3 {
			t.Fatalf("%s: generated %v, %v", c.name, files, err)
		}
		for _, f := range files {
			want, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join("..", "..", c.name, filepath.Base(f)))
			if err != nil || string(got) != string(want) {
				t.Errorf("%s/%s is not what the facts give (%v): run go generate ./api", c.name, filepath.Base(f), err)
			}
		}
	}
}
