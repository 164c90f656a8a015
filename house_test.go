package ingot_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room is a folder with all below it.
type room struct {
	room string
	may  []string // folders, each with all below it; "." is the vocabulary
	why  string
}

// rooms says which room may import which others, and why. A room may also import the
// folders below it. Tests may import anything.
var rooms = []room{
	{".", nil, "the vocabulary does no I/O and depends on nothing of ours"},
	{"api", []string{"."}, "the model is facts; it knows no implementation"},
	{"catalog", nil, "what Ingot ships is files"},
	{"internal/access", []string{".", "internal/store"}, "all rooms that ask who may use an image are above it"},
	{"internal/agent", []string{"internal/buildtest", "internal/document/component", "internal/filelock", "internal/filesystem", "internal/machine", "internal/wholefile"}, "the agent ships inside a guest and must stay small; its client speaks through machines"},
	{"internal/api", []string{".", "api"}, "the wire layer calls the services only through the generated interfaces"},
	{"internal/artifact", []string{"internal/filelock", "internal/wholefile"}, "disks know nothing of builds"},
	{"internal/buildtest", nil, "tests of every room build programs with it"},
	{"internal/config", []string{"internal/wholefile"}, "settings are read before anything else exists"},
	{"internal/demo", []string{".", "internal/imagelog"}, "the demo is a client like any other"},
	{"internal/distribute", []string{"internal/artifact"}, "distribution moves bytes and knows no workflow"},
	{"internal/document", nil, "the languages are pure: parsed and checked, never run"},
	{"internal/engine", []string{".", "api", "catalog", "internal/access", "internal/agent", "internal/artifact", "internal/distribute", "internal/document", "internal/filelock", "internal/imagelog", "internal/machine", "internal/store", "internal/visible"}, "the engine does not know who asked: service and api are above it"},
	{"internal/filelock", nil, "locks are taken the same way everywhere, so it knows nobody"},
	{"internal/filesystem", nil, "guest and host ask file systems for the same, so it knows nobody"},
	{"internal/imagelog", []string{".", "internal/visible"}, "logs are files"},
	{"internal/machine", []string{"internal/agent", "internal/artifact", "internal/filelock", "internal/filesystem", "internal/wholefile"}, "machines run disks and know nothing of images or builds"},
	{"internal/neighbour", []string{".", "api", "internal/access", "internal/api/caller", "internal/store"}, "neighbours show the same rows"},
	{"internal/service", []string{".", "api", "catalog", "internal/access", "internal/api/caller", "internal/document", "internal/store"}, "a service starts work through an interface of its own and never imports the engine"},
	{"internal/store", []string{".", "api"}, "the store keeps rows and makes no decisions"},
	{"internal/visible", nil, "texts are made safe in the same way everywhere, so it imports no room"},
	{"internal/wholefile", nil, "files are written in the same way everywhere, so it imports no room"},
	{"cmd/ingot-agent", []string{"internal/agent"}, "the agent carries no SQL and no server"},
	{"cmd/ingot", []string{".", "api", "internal"}, "wiring may import anything"},
	{"test", []string{"internal"}, "tests may import anything"},
}

const module = "ingot"

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	eachFile(t, func(file string, imports []string) {
		dir := path.Dir(file)
		for _, imported := range imports {
			if target, ours := within(imported); ours {
				checkImport(t, file, dir, target)
			}
		}
	})
}

func checkImport(t *testing.T, file, dir, target string) {
	t.Helper()
	r := roomOf(dir)
	switch {
	case r == nil:
		t.Errorf("%s lies in no room of the house: add it to the table with its reason", file)
	case below(target, r.room) && r.room != ".":
	case r.grants(target) == "":
		t.Errorf("%s imports %s: %s", file, target, r.why)
	}
}

// roomOf gives the room that a folder lies in, or nil.
func roomOf(dir string) *room {
	for i := len(rooms) - 1; i >= 0; i-- {
		if below(dir, rooms[i].room) {
			return &rooms[i]
		}
	}
	return nil
}

// grants gives what of the room's row lets it import a folder, or nothing.
func (r *room) grants(target string) string {
	for _, may := range r.may {
		if target == may || (may != "." && below(target, may)) {
			return may
		}
	}
	return ""
}

// TestRoomsImportAllThatTheyMay keeps the table as narrow as the house is: what nobody
// imports need not be granted.
func TestRoomsImportAllThatTheyMay(t *testing.T) {
	used := map[[2]string]bool{} // room and what it may
	eachFile(t, func(file string, imports []string) {
		r := roomOf(path.Dir(file))
		if r == nil {
			return // another test says so
		}
		for _, imported := range imports {
			if target, ours := within(imported); ours {
				used[[2]string{r.room, r.grants(target)}] = true
			}
		}
	})
	for _, r := range rooms {
		for _, may := range r.may {
			if !used[[2]string{r.room, may}] {
				t.Errorf("%s may import %s, and nothing in it does: take it off the table", r.room, may)
			}
		}
	}
}

func below(dir, room string) bool {
	if room == "." {
		return dir == "."
	}
	return dir == room || strings.HasPrefix(dir, room+"/")
}

func within(imported string) (target string, ours bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// TestAgentStaysSmall refuses imports that the agent, which ships inside guests, does not
// need.
func TestAgentStaysSmall(t *testing.T) {
	banned := []string{"database/sql", "net/http", "github.com/aws", "github.com/spf13", "modernc.org", "github.com/jackc"}
	eachFile(t, func(file string, imports []string) {
		if !below(path.Dir(file), "internal/agent") && !below(path.Dir(file), "cmd/ingot-agent") {
			return
		}
		for _, imported := range imports {
			for _, b := range banned {
				if strings.HasPrefix(imported, b) {
					t.Errorf("%s imports %s, which would ship inside every guest", file, imported)
				}
			}
		}
	})
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	documented := map[string]bool{}
	eachGo(t, func(file string) {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(file)
		documented[dir] = documented[dir] || f.Doc.Text() != ""
	})
	for dir, yes := range documented {
		if !yes {
			t.Errorf("the package in %s has no doc comment: say its purpose and its terms", dir)
		}
	}
}

// eachFile visits the Go files that are not tests.
func eachFile(t *testing.T, visit func(file string, imports []string)) {
	t.Helper()
	eachGo(t, func(file string) {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		var imports []string
		for _, s := range f.Imports {
			name, err := strconv.Unquote(s.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			imports = append(imports, name)
		}
		visit(filepath.ToSlash(file), imports)
	})
}

func eachGo(t *testing.T, visit func(file string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || (strings.HasPrefix(d.Name(), ".") && d.Name() != ".")):
			return filepath.SkipDir
		case strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go"):
			visit(file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// outside matches references to papers that a reader of the repository does not have.
var outside = regexp.MustCompile(`(?i)\bsection [0-9]|\bdesign [0-9]|\bthe (semantics|specification)\b|\b(first|later|its|their|this) issues?\b`)

func TestReferencesStayInTheRepository(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".":
			return filepath.SkipDir
		case d.IsDir() || !slices.Contains([]string{".go", ".md", ".sh", ".py"}, path.Ext(file)):
			return nil
		}
		text, err := os.ReadFile(file)
		for n, line := range strings.Split(string(text), "\n") {
			if found := outside.FindString(line); found != "" {
				t.Errorf("%s:%d: %q refers to a paper outside of the repository: say what it says", file, n+1, found)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
