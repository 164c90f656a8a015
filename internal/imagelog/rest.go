package imagelog

// Rest closes the file until the next line comes. Of the images that only wait there may
// be thousands, and each would keep a file open for nothing.
func (l *Log) Rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		_ = l.file.Close() // its lines are written, or lost
		l.file = nil
	}
}
