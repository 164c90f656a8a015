// Package folder reads and writes the files in the folder of a machine: its identity, how
// it ended, and which processes own it.
package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"ingot/internal/machine"
	"ingot/internal/wholefile"
)

// Save writes a value as JSON into a file, which appears whole or not at all.
func Save(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return wholefile.Write(path, append(text, '\n'))
}

// Load reads what [Save] wrote.
func Load(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Exit reads how a machine ended. If there is no exit file, because its supervisor was
// killed, Exit returns Killed with the given detail.
func Exit(path, detail string) (machine.Exit, error) {
	var exit machine.Exit
	err := Load(path, &exit)
	if errors.Is(err, os.ErrNotExist) {
		return machine.Exit{Kind: machine.Killed, Detail: detail}, nil
	}
	return exit, err
}
