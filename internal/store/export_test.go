package store

// PageSQL returns the statement that [Page] runs.
func PageSQL(l List) (text string, args []any) {
	s := l.statement()
	return s.text.String(), s.args
}
