package disk

import "testing"

// What the fuzz tests feed without files.
var (
	ReadLayout  = readLayout
	ParseBlocks = parseBlocks
)

// AttachPartition lets a test mount a partition as no other code may.
var AttachPartition = attach

// LastWords writes pieces to what keeps the end of a program's output, and gives it.
func LastWords(pieces ...string) string {
	var t tail
	for _, p := range pieces {
		_, _ = t.Write([]byte(p))
	}
	return string(t)
}

// Text is what Save writes.
func (b *Blocks) Text() []byte { return b.text() }

// LookThrough sets how many folders are looked through at most, until the test ends.
func LookThrough(t *testing.T, folders int) {
	before := mostFolders
	mostFolders = folders
	t.Cleanup(func() { mostFolders = before })
}
