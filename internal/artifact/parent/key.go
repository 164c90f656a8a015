package parent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// recipe counts the changes of what is made that are not in the texts which Key
// covers: places on the disk, arguments of the tools.
const recipe = 3

// Key is a hash of how the parent is made. It says nothing about the packages'
// versions, which are those of the day.
func (p Parent) Key() string {
	text, err := json.Marshal([]any{recipe, p, p.suite, included, files, configureScript}) // maps are written with sorted keys
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
