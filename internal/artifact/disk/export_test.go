package disk

// What the fuzz tests feed without files.
var (
	ReadLayout  = readLayout
	ParseBlocks = parseBlocks
)

// AttachPartition lets a test mount a partition as no other code may.
var AttachPartition = attach

// Text is what Save writes.
func (b *Blocks) Text() []byte { return b.text() }
