package disk

// What the fuzz tests feed without files.
var (
	ReadLayout  = readLayout
	ParseBlocks = parseBlocks
)

// Text is what Save writes.
func (b *Blocks) Text() []byte { return b.text() }
