package qemu

import (
	"io"
	"os"
	"regexp"
	"strings"
)

const (
	screenLines = 25
	screenTail  = 64 << 10
)

var (
	// cleared matches the sequences that clear the screen.
	cleared = regexp.MustCompile(`\x1b\[[23]?J|\x1bc`)
	// moved matches those that move the cursor, after which another line begins.
	moved = regexp.MustCompile(`\x1b\[[0-9;]*[Hf]`)
	// escapes matches all others: CSI, OSC, and those of one character.
	escapes = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[ -/]*[0-~]`)
	control = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f]`)
)

// LastScreen returns the last screen of the console in a file, as text for people, or ""
// without a file.
func LastScreen(file string) string {
	text, err := tail(file, screenTail)
	if err != nil {
		return ""
	}
	if screen := render(text[lastClear(text):]); screen != "" {
		return screen
	}
	return render(text) // the screen was cleared just now
}

func lastClear(text string) int {
	all := cleared.FindAllStringIndex(text, -1)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1][1]
}

// render returns the last lines of a console without escape sequences.
func render(text string) string {
	text = moved.ReplaceAllString(text, "\n")
	text = escapes.ReplaceAllString(text, "")
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, "\r")
		line = line[strings.LastIndexByte(line, '\r')+1:] // written over
		line = strings.TrimRight(control.ReplaceAllString(strings.ToValidUTF8(line, "?"), ""), " \t")
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-screenLines):], "\n")
}

func tail(file string, most int64) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.NewSectionReader(f, max(0, info.Size()-most), most))
	return string(text), err
}
