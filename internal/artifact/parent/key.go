package parent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// recipe is the version of what Key does not cover otherwise: the partitions, the
// arguments of the tools.
const recipe = 3

// Key returns a hash of how the parent is made. It does not cover the versions of the
// packages, which are those of the day.
func (p Parent) Key() string {
	text, err := json.Marshal([]any{recipe, p, p.suite, included, files, configureScript}) // maps are written with sorted keys
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
