package imagelog_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ingot"
	"ingot/internal/imagelog"
)

const arn = "arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.0.0/1"

func image(t *testing.T, dir string) *imagelog.Log {
	t.Helper()
	l, err := imagelog.Open(dir).Image(arn)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func notOver(context.Context) (bool, error) { return false, nil }

func texts(t *testing.T, l *imagelog.Log) (all []string) {
	t.Helper()
	err := l.Read(t.Context(), false, func(e imagelog.Entry) error { all = append(all, e.Text); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestNoLineOfARunComesTwice(t *testing.T) {
	dir := t.TempDir()
	l := image(t, dir)
	for _, seq := range []int64{1, 2, 2, 1, 3} {
		l.Write(imagelog.Entry{Run: "r", Seq: seq, Text: string('a' + rune(seq) - 1)})
	}
	again := image(t, dir) // as after a restart
	if got := again.LastSeq("r"); got != 3 {
		t.Errorf("the last number is %d", got)
	}
	again.Write(imagelog.Entry{Run: "r", Seq: 3, Text: "c"})
	again.Write(imagelog.Entry{Run: "r", Seq: 4, Text: "d"})
	if got := texts(t, again); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("entries %q", got)
	}
}

func TestFollowStopsAtTheEnd(t *testing.T) {
	l := image(t, t.TempDir())
	l.Printf("", "first")
	seen, done := make(chan string), make(chan error)
	go func() {
		done <- l.Read(t.Context(), true, func(e imagelog.Entry) error { seen <- e.Text; return nil })
	}()
	for _, text := range []string{"first", "second"} {
		if got := <-seen; got != text {
			t.Errorf("got %q, want %q", got, text)
		}
		if text == "first" {
			l.Printf("", "second")
		}
	}
	l.End("over")
	if got := <-seen; got != "over" {
		t.Errorf("got %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestFollowEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := image(t, t.TempDir())
	l.Printf("", "one")
	err := l.Read(ctx, true, func(imagelog.Entry) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Read ended with %v", err)
	}
}

func TestACutLineIsDropped(t *testing.T) {
	dir := t.TempDir()
	image(t, dir).Printf("", "whole")
	path := filepath.Join(dir, "000000000000", "us-east-1", "web", "1.0.0-1.log")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"t":"2026-`)
	f.Close()
	l := image(t, dir)
	l.Printf("", "next")
	if got := texts(t, l); !slices.Equal(got, []string{"whole", "next"}) {
		t.Errorf("entries %q", got)
	}
}

// TestFollowEndsWithItsImage though the last entry was lost.
func TestFollowEndsWithItsImage(t *testing.T) {
	l := image(t, t.TempDir())
	l.Printf("", "one")
	asked := 0
	over := func(context.Context) (bool, error) {
		if asked++; asked == 2 {
			l.Printf("", "two") // comes late
		}
		return true, nil
	}
	var got []string
	err := l.Follow(t.Context(), 0, over, func(e imagelog.Entry) error { got = append(got, e.Text); return nil })
	if err != nil || !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("entries %q, %v", got, err)
	}
}

// TestFullDisk writes on a file system that has no space left, and then has again: the
// line that was cut off is dropped, and comes when it is sent again.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	l := image(t, dir)
	l.Write(imagelog.Entry{Run: "r", Seq: 1, Text: "first"})
	filling := filepath.Join(dir, "filling")
	if err := os.WriteFile(filling, make([]byte, 1<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the file system is not full: %v", err)
	}
	lost := imagelog.Entry{Run: "r", Seq: 2, Text: strings.Repeat("x", 8192)}
	l.Write(lost)
	if err := os.Remove(filling); err != nil {
		t.Fatal(err)
	}
	l.Write(lost)
	l.Printf("", "next")
	if got := texts(t, l); !slices.Equal(got, []string{"first", lost.Text, "next"}) {
		t.Errorf("entries %.40q", got)
	}
}

// TestFollowsAnotherWriter reads through a second set of logs, as another process
// does: nothing but the files connects them.
func TestFollowsAnotherWriter(t *testing.T) {
	dir := t.TempDir()
	reader := image(t, dir) // before there is anything
	seen, done := make(chan string), make(chan error)
	go func() {
		done <- reader.Read(t.Context(), true, func(e imagelog.Entry) error { seen <- e.Text; return nil })
	}()
	writer := image(t, dir)
	for _, text := range []string{"one", "two", "three"} {
		writer.Printf("", "%s", text)
		if got := <-seen; got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	writer.End("over")
	if got := <-seen; got != "over" {
		t.Errorf("got %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestReadersDoNotTruncate off: the line may be one that another process is writing.
func TestReadersDoNotTruncate(t *testing.T) {
	dir := t.TempDir()
	image(t, dir).Printf("", "whole")
	path := filepath.Join(dir, "000000000000", "us-east-1", "web", "1.0.0-1.log")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.WriteString(`{"t":"2026-01-01T00:00:00Z",`)
	if got := texts(t, image(t, dir)); !slices.Equal(got, []string{"whole"}) {
		t.Errorf("entries %q", got)
	}
	f.WriteString("\"text\":\"half\"}\n")
	if got := texts(t, image(t, dir)); !slices.Equal(got, []string{"whole", "half"}) {
		t.Errorf("entries %q", got)
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	image(t, dir).Printf("", "one")
	logs := imagelog.Open(dir)
	var asked []string
	n, bytes, err := logs.Sweep(func(a ingot.ARN) (bool, error) { asked = append(asked, a.String()); return false, nil })
	if err != nil || n != 0 || bytes != 0 || !slices.Equal(asked, []string{arn}) {
		t.Errorf("%d, %d, %v of %v", n, bytes, err, asked)
	}
	n, bytes, err = logs.Sweep(func(ingot.ARN) (bool, error) { return true, nil })
	if err != nil || n != 1 || bytes == 0 {
		t.Errorf("%d, %d, %v", n, bytes, err)
	}
	if got := texts(t, image(t, dir)); len(got) != 0 {
		t.Errorf("entries %q", got)
	}
}

// TestRest closes the file and loses nothing, before and after.
func TestRest(t *testing.T) {
	logs := imagelog.Open(t.TempDir())
	log, err := logs.Image("arn:aws:imagebuilder:us-east-1:111122223333:image/x/1.0.0/1")
	if err != nil {
		t.Fatal(err)
	}
	log.Rest() // nothing is open
	log.Printf("", "before")
	log.Rest()
	log.Printf("", "after")
	all, err := log.Tail(9)
	if err != nil || len(all) != 2 || all[0].Text != "before" || all[1].Text != "after" {
		t.Errorf("%+v, %v", all, err)
	}
}
