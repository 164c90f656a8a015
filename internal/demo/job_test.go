package demo

import (
	"os/exec"
	"strings"
	"testing"
)

// TestThePrintedDocumentIsTheOneSent lets a shell in the repository read what the printed
// commands name.
func TestThePrintedDocumentIsTheOneSent(t *testing.T) {
	for _, name := range order {
		text, err := components.ReadFile("components/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		said := fromFile(name, string(text), "1.0.7")
		read := "printf %s " + said
		if file, whole := strings.CutPrefix(said, "file://"); whole {
			read = "cat " + file
		}
		c := exec.Command("sh", "-c", read)
		c.Dir = "../.."
		out, err := c.Output()
		sent := strings.ReplaceAll(string(text), "@RELEASE@", "1.0.7")
		if err != nil || strings.TrimSpace(string(out)) != strings.TrimSpace(sent) {
			t.Errorf("%s reads, %v:\n%s", said, err, out)
		}
	}
}
