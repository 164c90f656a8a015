package disk

import "testing"

// Functions that the fuzz tests call without files.
var (
	ReadLayout  = readLayout
	ParseBlocks = parseBlocks
)

// AttachPartition is for tests that mount a partition with other flags.
var AttachPartition = attach

// EndOfOutput writes pieces to a tail and returns what it keeps.
func EndOfOutput(pieces ...string) string {
	var t tail
	for _, p := range pieces {
		_, _ = t.Write([]byte(p))
	}
	return string(t)
}

// Text returns what Save writes.
func (b *Blocks) Text() []byte { return b.text() }

// LookThrough sets mostFolders until the test ends.
func LookThrough(t *testing.T, folders int) {
	before := mostFolders
	mostFolders = folders
	t.Cleanup(func() { mostFolders = before })
}
