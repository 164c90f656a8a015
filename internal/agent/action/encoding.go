package action

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// encode turns text into the bytes of an encoding; empty means UTF-8. The bare
// names utf16 and utf32 are little-endian and, at the start of a file, have a
// byte-order mark; the names with LE and BE have none.
func encode(text, encoding string, start bool) ([]byte, error) {
	name := strings.ReplaceAll(strings.ToLower(encoding), "-", "")
	var order binary.AppendByteOrder = binary.LittleEndian
	if strings.HasSuffix(name, "be") {
		order = binary.BigEndian
	}
	if start && (name == "utf16" || name == "utf32") {
		text = "\ufeff" + text
	}
	switch name {
	case "", "utf8":
		return []byte(text), nil
	case "utf16", "utf16le", "utf16be":
		var out []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, unit)
		}
		return out, nil
	case "utf32", "utf32le", "utf32be":
		var out []byte
		for _, r := range text {
			out = order.AppendUint32(out, uint32(r))
		}
		return out, nil
	}
	return nil, fmt.Errorf("the encoding %q is not known; known are utf8, utf16, utf16-LE, utf16-BE, utf32, utf32-LE and utf32-BE", encoding)
}
