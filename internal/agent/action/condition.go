package action

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"ingot/internal/agent/process"
	"ingot/internal/document/component"
)

// Evaluate evaluates a condition on this machine. Of the call it uses the working
// directory and the environment. It returns an error if it cannot tell, for example for a
// file that may not be read.
func Evaluate(c component.Condition, call Call) (bool, error) {
	switch c.Operator {
	case component.And, component.Or:
		for _, part := range c.Parts {
			holds, err := Evaluate(part, call)
			if err != nil || holds == (c.Operator == component.Or) {
				return holds, err
			}
		}
		return c.Operator == component.And, nil
	case component.Not:
		holds, err := Evaluate(c.Parts[0], call)
		return !holds, err
	case component.BinaryExists:
		return runnable(c.Operand, call), nil
	case component.FileExists:
		return exists(call.path(c.Operand), fs.FileMode.IsRegular)
	case component.FolderExists:
		return exists(call.path(c.Operand), fs.FileMode.IsDir)
	case component.MD5Equals:
		return checksum(md5.New(), call.path(c.Value), c.Operand)
	case component.SHA1Equals:
		return checksum(sha1.New(), call.path(c.Value), c.Operand)
	case component.SHA256Equals:
		return checksum(sha256.New(), call.path(c.Value), c.Operand)
	case component.SHA512Equals:
		return checksum(sha512.New(), call.path(c.Value), c.Operand)
	}
	return compare(c)
}

// compare evaluates the operators that compare two texts: "value OPERATOR operand".
func compare(c component.Condition) (bool, error) {
	switch c.Operator {
	case component.StringIsEmpty:
		return c.Operand == "", nil
	case component.StringIsWhitespace:
		return c.Operand != "" && strings.Trim(c.Operand, " ") == "", nil
	case component.StringEquals:
		return c.Value == c.Operand, nil
	case component.PatternMatches:
		pattern, err := regexp.Compile(c.Operand)
		if err != nil {
			return false, fmt.Errorf("the pattern of patternMatches is not a regular expression (RE2): %w", err)
		}
		return pattern.MatchString(c.Value), nil
	}
	if accept, ok := textOrders[c.Operator]; ok {
		return accept(compareTexts(c.Value, c.Operand)), nil
	}
	if accept, ok := numberOrders[c.Operator]; ok {
		order, numbers := compareNumbers(c.Value, c.Operand)
		return numbers && accept(order), nil
	}
	return false, fmt.Errorf("the operator %q is not known", c.Operator)
}

var (
	equal        = func(order int) bool { return order == 0 }
	less         = func(order int) bool { return order < 0 }
	lessEqual    = func(order int) bool { return order <= 0 }
	greater      = func(order int) bool { return order > 0 }
	greaterEqual = func(order int) bool { return order >= 0 }

	textOrders = map[component.Operator]func(int) bool{
		component.StringLess: less, component.StringLessEqual: lessEqual,
		component.StringGreater: greater, component.StringGreaterEqual: greaterEqual,
	}
	numberOrders = map[component.Operator]func(int) bool{
		component.NumberEquals: equal,
		component.NumberLess:   less, component.NumberLessEqual: lessEqual,
		component.NumberGreater: greater, component.NumberGreaterEqual: greaterEqual,
	}
)

// compareTexts orders two texts. The public description contradicts itself about
// case; ours ignores case first and lets bytes decide a tie. This is the one
// place to change that.
func compareTexts(a, b string) int {
	if order := strings.Compare(strings.ToLower(a), strings.ToLower(b)); order != 0 {
		return order
	}
	return strings.Compare(a, b)
}

var numberForm = regexp.MustCompile(`^([+-]?)([0-9]+)(?:\.([0-9]+))?$`)

// compareNumbers orders two decimals of any length and precision; false if one is not a
// number. It compares digits, so that a text of a megabyte costs a megabyte.
func compareNumbers(a, b string) (int, bool) {
	signA, wholeA, fractionA, okA := decimal(a)
	signB, wholeB, fractionB, okB := decimal(b)
	switch {
	case !okA || !okB:
		return 0, false
	case signA != signB:
		return signA - signB, true
	case len(wholeA) != len(wholeB):
		return signA * (len(wholeA) - len(wholeB)), true
	}
	if order := strings.Compare(wholeA, wholeB); order != 0 {
		return signA * order, true
	}
	return signA * strings.Compare(fractionA, fractionB), true
}

// decimal splits a number into its sign (0 for zero) and its digits before and
// after the point, without the zeros that mean nothing.
func decimal(text string) (sign int, whole, fraction string, ok bool) {
	m := numberForm.FindStringSubmatch(text)
	if m == nil {
		return 0, "", "", false
	}
	whole, fraction = strings.TrimLeft(m[2], "0"), strings.TrimRight(m[3], "0")
	switch {
	case whole == "" && fraction == "":
		return 0, "", "", true
	case m[1] == "-":
		return -1, whole, fraction, true
	}
	return 1, whole, fraction, true
}

// runnable reports whether a shell would find a program by this name.
func runnable(name string, call Call) bool {
	if strings.Contains(name, "/") {
		info, err := os.Stat(call.path(name))
		return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
	}
	_, ok := process.Find(name, searchPath(call.Env))
	return ok
}

// exists reports whether there is a file of a kind, following links.
func exists(path string, is func(fs.FileMode) bool) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, nil // what cannot be seen does not exist
	}
	return is(info.Mode()), nil
}

// checksum compares a file's digest with the wanted one; a missing file has none.
func checksum(h hash.Hash, path, want string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // only read from
	if _, err := io.Copy(h, f); err != nil {
		return false, fmt.Errorf("reading %s: %w", path, err)
	}
	return strings.EqualFold(hex.EncodeToString(h.Sum(nil)), want), nil
}
