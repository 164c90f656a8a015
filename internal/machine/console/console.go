// Package console keeps the output of a machine's console in a file of bounded size: a
// guest may write to it for ever.
package console

import (
	"io"
	"os"
)

// most is the largest size of the file. When it is reached, the file is emptied.
const most = 16 << 20

// Keep copies from to a file until the end, and closes it. Errors of the file are
// ignored, so that the guest never blocks.
func Keep(from io.ReadCloser, path string) {
	defer from.Close()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		_, _ = io.Copy(io.Discard, from)
		return
	}
	defer f.Close()
	size, _ := f.Seek(0, io.SeekEnd)
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if size += int64(n); size > most && f.Truncate(0) == nil {
			size = int64(n)
		}
		_, _ = f.Write(buf[:n]) // a full disk
		if err != nil {
			return
		}
	}
}
