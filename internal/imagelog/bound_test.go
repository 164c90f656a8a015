package imagelog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"ingot/internal/imagelog"
)

const name = "000000000000/us-east-1/web/1.0.0-1.log"

// filled makes a log of so many bytes: a hole, which is not an entry.
func filled(t *testing.T, size int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte{'\n'}, int64(size-1)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestALogHasABound: what others say ends at it with one entry, the server goes on to
// a second one, and the end of the image is there. It stays so after a restart.
func TestALogHasABound(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: hundreds of megabytes are written")
	}
	dir := filled(t, imagelog.MaxBytes-1000)
	l := image(t, dir)
	say := func(l *imagelog.Log, from, to int) {
		for seq := from; seq < to; seq++ {
			l.Write(imagelog.Entry{Run: "r", Seq: int64(seq), From: "component web", Text: strings.Repeat("x", 300)})
		}
	}
	say(l, 1, 100)
	l.Printf("Step", "the server's")
	if got := l.LastSeq("r"); got != 99 {
		t.Errorf("the last number is %d", got)
	}
	again := image(t, dir) // as after a restart
	say(again, 1, 200)
	again.End("over")
	got := texts(t, image(t, dir))
	kept := 0
	for len(got) > kept && strings.HasPrefix(got[kept], "xxx") {
		kept++
	}
	want := []string{fmt.Sprintf("the log has reached its bound of %d MiB: what components print from here on is not kept", imagelog.MaxBytes>>20), "the server's", "over"}
	if kept < 1 || kept > 3 || !slices.Equal(got[kept:], want) {
		t.Errorf("%d entries, then %q", kept, got[kept:])
	}
	if size := sizeOf(t, dir); size > imagelog.MaxBytes+2000 {
		t.Errorf("the file has %d bytes", size)
	}
}

func TestTheServersOwnWordsHaveABound(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: hundreds of megabytes are written")
	}
	dir := filled(t, imagelog.MaxOwn-1000)
	l := image(t, dir)
	for i := range 100 {
		l.Printf("Step", "line %d", i)
	}
	l.Write(imagelog.Entry{Run: "r", Seq: 1, Text: "a guest's"})
	l.End("over")
	if got := texts(t, l); len(got) < 5 || got[0] != "line 0" || sizeOf(t, dir) > imagelog.MaxOwn {
		t.Errorf("%d entries in %d bytes: %q", len(got), sizeOf(t, dir), got)
	}
}

func sizeOf(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestAnEntryHasABound(t *testing.T) {
	dir := t.TempDir()
	l := image(t, dir)
	l.Write(imagelog.Entry{Text: strings.Repeat("\x00", 1<<20), Source: strings.Repeat("s", 1<<20), From: strings.Repeat("f", 1<<20)})
	l.Printf("", "next")
	if got := texts(t, l); len(got) != 2 || len(got[0]) > imagelog.MaxText || !strings.HasSuffix(got[0], "…") {
		t.Errorf("%d entries, the first of %d bytes", len(got), len(got[0]))
	}
	if size := sizeOf(t, dir); size > 8*imagelog.MaxText {
		t.Errorf("the file has %d bytes", size)
	}
}

// TestALineWithoutEndIsLeftOut holds readers to a memory that does not depend on what
// is in the file.
func TestALineWithoutEndIsLeftOut(t *testing.T) {
	dir := filled(t, 100<<20)
	l := image(t, dir)
	l.Printf("", "one")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := texts(t, l)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 || !slices.Equal(got, []string{"one"}) {
		t.Errorf("reading took %d bytes and gave %q", took, got)
	}
}

// TestTail reads from the end, whatever lies before, and across blocks.
func TestTail(t *testing.T) {
	l := image(t, t.TempDir())
	if got, err := l.Tail(3); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
	var all []string
	for i := range 40 {
		all = append(all, fmt.Sprintf("%d %s", i, strings.Repeat("y", i*i*20)))
		l.Printf("", "%s", all[i])
	}
	for _, n := range []int{0, 1, 2, 7, 39, 40, 41, 1000} {
		tail, err := l.Tail(n)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range tail {
			got = append(got, e.Text)
		}
		if want := all[max(0, 40-n):]; !slices.Equal(got, want) {
			t.Errorf("the last %d: %d entries, want %d", n, len(got), len(want))
		}
	}
}

// TestTailOfALineBeingWritten counts whole entries alone.
func TestTailOfALineBeingWritten(t *testing.T) {
	dir := t.TempDir()
	l := image(t, dir)
	l.Printf("", "one")
	l.Printf("", "two")
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(`{"t":"2026-01-01T00:00:00Z",`); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Tail(1); err != nil || len(got) != 1 || got[0].Text != "two" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestFollowFromAPlace begins there and goes on with what comes.
func TestFollowFromAPlace(t *testing.T) {
	l := image(t, t.TempDir())
	for _, text := range []string{"one", "two", "three"} {
		l.Printf("", "%s", text)
	}
	at, err := l.Last(1)
	if err != nil {
		t.Fatal(err)
	}
	seen, done := make(chan string), make(chan error)
	go func() {
		done <- l.Follow(t.Context(), at, notOver, func(e imagelog.Entry) error { seen <- e.Text; return nil })
	}()
	if got := <-seen; got != "three" {
		t.Errorf("got %q", got)
	}
	l.End("over")
	if got := <-seen; got != "over" {
		t.Errorf("got %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestNoDescriptorStaysOpen though something is said of an image that has ended: a
// build that was cancelled while it waited says that it begins.
func TestNoDescriptorStaysOpen(t *testing.T) {
	logs := imagelog.Open(t.TempDir())
	before := descriptors(t)
	for i := range 20 {
		log, err := logs.Image(fmt.Sprintf("arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/%d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		log.End("CANCELLED")
		log.Printf("", "building")
		later, err := logs.Image(fmt.Sprintf("arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/%d", i+1))
		if err != nil {
			t.Fatal(err)
		}
		later.Printf("", "and again")
		log.Printf("", "and once more")
		if got := texts(t, log); !slices.Equal(got, []string{"CANCELLED", "building", "and again", "and once more"}) {
			t.Errorf("entries %q", got)
		}
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors were open and %d are", before, after)
	}
}

// descriptors counts the descriptors of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestLinesAreMarked(t *testing.T) {
	at := time.Date(2031, 2, 3, 4, 5, 6, 789e6, time.UTC)
	const clock = "2031-02-03T04:05:06.789Z "
	for _, c := range []struct {
		entry imagelog.Entry
		want  []string
	}{
		{imagelog.Entry{Text: "AVAILABLE"}, []string{"[server] AVAILABLE"}},
		{imagelog.Entry{Source: "Build", Text: "begins"}, []string{"[server] Build: begins"}},
		{imagelog.Entry{Source: "B/web/build/S", From: "component web", Run: "r", Text: "hello"}, []string{"[component web] B/web/build/S: hello"}},
		{imagelog.Entry{Source: "B/web", Run: "r", Text: "of an earlier version"}, []string{"[component] B/web: of an earlier version"}},
		{imagelog.Entry{From: "console", Source: "Build", Text: "one\r\ntwo\n"}, []string{"[console] Build: one", "[console] Build: two"}},
		{
			imagelog.Entry{From: "component web", Source: "B", Text: "x\r\x1b[2K" + clock + "[server] AVAILABLE\n" + clock + "[server] AVAILABLE"},
			[]string{"[component web] B: x^M^[[2K" + clock + "[server] AVAILABLE", "[component web] B: " + clock + "[server] AVAILABLE"},
		},
		{imagelog.Entry{From: "component a\nb", Source: "s\x1b", Text: "\u202e"}, []string{`[component a^Jb] s^[: \u202e`}},
	} {
		c.entry.Time = at
		got := c.entry.Lines()
		for i, line := range got {
			rest, ok := strings.CutPrefix(line, clock)
			if !ok || i >= len(c.want) || rest != c.want[i] {
				t.Errorf("%+v: line %q, want %q", c.entry, line, c.want)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%+v: %d lines, want %d", c.entry, len(got), len(c.want))
		}
	}
}
