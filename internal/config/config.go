// Package config says where Ingot keeps its data and lets every flag be set in
// three places.
//
// Terms:
//
//   - setting: a flag of a command; its value comes from the command line, else from
//     the variable INGOT_<NAME> unless that is empty, else from the key <name> of a
//     YAML file, else from its default.
//   - data directory: the folder that holds everything that a server must not forget.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"
)

// DefaultFile is read when no file is named, if it exists.
const DefaultFile = "/etc/ingot/ingot.yaml"

// Fill sets the flags that are not on the command line. All mistakes are reported at
// once, each with where it is.
func Fill(flags *pflag.FlagSet, file string) error {
	keys, err := read(file)
	if err != nil {
		return err
	}
	var faults []error
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Changed {
			faults = append(faults, fill(f, keys))
		}
	})
	return errors.Join(faults...)
}

func fill(f *pflag.Flag, keys map[string]string) error {
	if v := os.Getenv(Variable(f.Name)); v != "" {
		return set(f, "the variable "+Variable(f.Name), v)
	}
	if v, ok := keys[f.Name]; ok {
		return set(f, fmt.Sprintf("the key %s of the configuration file", f.Name), v)
	}
	return nil
}

func set(f *pflag.Flag, place, value string) error {
	if f.Value.Set(value) == nil {
		return nil
	}
	what := f.Usage
	if kind := f.Value.Type(); kind != "" {
		what = kind + ": " + what
	}
	return fmt.Errorf("%s is %q, which --%s does not take (%s)", place, value, f.Name, what)
}

// Variable returns the environment variable of a flag.
func Variable(flag string) string {
	return "INGOT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// read returns the keys of a YAML file, as text. Without a name it reads the default
// file, which may be missing.
func read(file string) (map[string]string, error) {
	optional := file == ""
	if optional {
		file = DefaultFile
	}
	text, err := os.ReadFile(file)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	keys := map[string]string{}
	if err := yaml.Unmarshal(text, &keys); err != nil {
		return nil, fmt.Errorf("reading the configuration %s: %w", file, err)
	}
	return keys, nil
}

// Unknown lists the keys of a file that are not flags of any of the sets.
func Unknown(file string, sets ...*pflag.FlagSet) ([]string, error) {
	keys, err := read(file)
	if err != nil {
		return nil, err
	}
	var unknown []string
	for key := range keys {
		if !slices.ContainsFunc(sets, func(s *pflag.FlagSet) bool { return s.Lookup(key) != nil }) {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	return unknown, nil
}
