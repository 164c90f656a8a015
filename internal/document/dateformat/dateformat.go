// Package dateformat writes a time by a pattern in Java's style, as the variable
// imagebuilder:buildDate takes one: "yyyy-MM-dd HH:mm:ss.SSS".
//
// A pattern is letters and other text. A run of one letter is a field, and the
// length of the run is its width or its form. Text in single quotes
// and everything that is not a letter stands for itself; two single quotes stand for one.
// All letters are reserved: an unknown one is an error.
package dateformat

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// field writes a run of n equal letters; it returns false when the letter has no form
// of this length.
type field func(t time.Time, n int) (string, bool)

// fields are the known letters. Their meaning is that of Java's DateTimeFormatter with
// the root locale.
var fields = map[byte]field{
	'y': year,
	'u': year,
	'M': month,
	'L': month,
	'd': number(2, time.Time.Day),
	'D': number(3, time.Time.YearDay),
	'H': number(2, time.Time.Hour),
	'k': number(2, func(t time.Time) int { return clock(t.Hour(), 24) }),
	'K': number(2, func(t time.Time) int { return t.Hour() % 12 }),
	'h': number(2, func(t time.Time) int { return clock(t.Hour(), 12) }),
	'm': number(2, time.Time.Minute),
	's': number(2, time.Time.Second),
	'S': fraction,
	'a': layout("PM", 1),
	'E': weekday,
	'X': offset(true),
	'x': offset(false),
	'Z': zone,
	'z': layout("MST", 3),
}

// known lists the letters for error messages.
const known = "y M d D H h k K m s S a E X x Z z"

// Format writes the time by the pattern.
func Format(t time.Time, pattern string) (string, error) {
	if pattern == "" {
		return "", errors.New("the date format is empty")
	}
	var out strings.Builder
	for rest := pattern; rest != ""; {
		var text string
		var err error
		switch c := rest[0]; {
		case c == '\'':
			text, rest, err = quoted(rest)
		case letter(c):
			n := len(rest) - len(strings.TrimLeft(rest, string(c)))
			text, err = one(t, c, n)
			rest = rest[n:]
		default:
			text, rest = rest[:1], rest[1:]
		}
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// one writes a single field.
func one(t time.Time, c byte, n int) (string, error) {
	write, ok := fields[c]
	if !ok {
		return "", fmt.Errorf("the letter %c has no meaning in a date format here: known are %s; text stands in single quotes", c, known)
	}
	text, ok := write(t, n)
	if !ok {
		return "", fmt.Errorf("%s is not a field of a date format: it has too many letters %c", strings.Repeat(string(c), min(n, 20)), c)
	}
	return text, nil
}

// quoted reads a text in quotes, or a doubled quote, and returns what follows it.
func quoted(s string) (text, rest string, err error) {
	if strings.HasPrefix(s, "''") {
		return "'", s[2:], nil
	}
	var out strings.Builder
	for s = s[1:]; ; {
		before, after, closed := strings.Cut(s, "'")
		if !closed {
			return "", "", errors.New("a single quote of the date format is not closed")
		}
		out.WriteString(before)
		if !strings.HasPrefix(after, "'") {
			return out.String(), after, nil
		}
		out.WriteByte('\'')
		s = after[1:]
	}
}

// number is a field of digits, padded with zeros to the length of the run.
func number(most int, value func(time.Time) int) field {
	return func(t time.Time, n int) (string, bool) {
		return fmt.Sprintf("%0*d", n, value(t)), n <= most
	}
}

// clock returns the hour counted from 1 to most.
func clock(hour, most int) int {
	if hour %= most; hour == 0 {
		return most
	}
	return hour
}

// year writes two letters as two digits, and any other number of letters as the whole
// year.
func year(t time.Time, n int) (string, bool) {
	if n == 2 {
		return fmt.Sprintf("%02d", t.Year()%100), true
	}
	return fmt.Sprintf("%0*d", n, t.Year()), n <= 9
}

func month(t time.Time, n int) (string, bool) {
	switch n {
	case 1, 2:
		return fmt.Sprintf("%0*d", n, int(t.Month())), true
	case 3:
		return t.Month().String()[:3], true
	case 4:
		return t.Month().String(), true
	}
	return "", false
}

func weekday(t time.Time, n int) (string, bool) {
	switch n {
	case 1, 2, 3:
		return t.Weekday().String()[:3], true
	case 4:
		return t.Weekday().String(), true
	}
	return "", false
}

// fraction writes the first n digits of the second's fraction.
func fraction(t time.Time, n int) (string, bool) {
	const digits = 9
	if n > digits {
		return "", false
	}
	return fmt.Sprintf("%09d", t.Nanosecond())[:n], true
}

// layout is a field that time.Format knows, written the same for up to most letters.
func layout(form string, most int) field {
	return func(t time.Time, n int) (string, bool) { return t.Format(form), n <= most }
}

// offset writes the offset from UTC: hours, with minutes, or with minutes and a colon.
// The capital letter writes Z for zero.
func offset(z bool) field {
	forms := map[bool][]string{
		true:  {"Z07", "Z0700", "Z07:00"},
		false: {"-07", "-0700", "-07:00"},
	}[z]
	return func(t time.Time, n int) (string, bool) {
		if n > len(forms) {
			return "", false
		}
		return t.Format(forms[n-1]), true
	}
}

func zone(t time.Time, n int) (string, bool) {
	switch n {
	case 1, 2, 3:
		return t.Format("-0700"), true
	case 5:
		return t.Format("Z07:00"), true
	}
	return "", false
}
