package component

import (
	"fmt"
	"strings"
)

// Operator is the key of a condition.
type Operator string

// The operators of conditions. A comparison reads "value OPERATOR operand".
const (
	And Operator = "and"
	Or  Operator = "or"
	Not Operator = "not"

	StringIsEmpty      Operator = "stringIsEmpty"
	StringIsWhitespace Operator = "stringIsWhitespace"
	StringEquals       Operator = "stringEquals"
	StringLess         Operator = "stringLessThan"
	StringLessEqual    Operator = "stringLessThanEquals"
	StringGreater      Operator = "stringGreaterThan"
	StringGreaterEqual Operator = "stringGreaterThanEquals"
	PatternMatches     Operator = "patternMatches"

	NumberEquals       Operator = "numberEquals"
	NumberLess         Operator = "numberLessThan"
	NumberLessEqual    Operator = "numberLessThanEquals"
	NumberGreater      Operator = "numberGreaterThan"
	NumberGreaterEqual Operator = "numberGreaterThanEquals"

	BinaryExists Operator = "binaryExists"
	FileExists   Operator = "fileExists"
	FolderExists Operator = "folderExists"
	MD5Equals    Operator = "fileMD5Equals"
	SHA1Equals   Operator = "fileSHA1Equals"
	SHA256Equals Operator = "fileSHA256Equals"
	SHA512Equals Operator = "fileSHA512Equals"
)

// second is the second key that an operator needs: "value", "path" or none. It does not
// contain the three logical operators.
var second = map[Operator]string{
	StringIsEmpty: "", StringIsWhitespace: "",
	StringEquals: "value", StringLess: "value", StringLessEqual: "value", StringGreater: "value", StringGreaterEqual: "value",
	PatternMatches: "value",
	NumberEquals:   "value", NumberLess: "value", NumberLessEqual: "value", NumberGreater: "value", NumberGreaterEqual: "value",
	BinaryExists: "", FileExists: "", FolderExists: "",
	MD5Equals: "path", SHA1Equals: "path", SHA256Equals: "path", SHA512Equals: "path",
}

// Condition is one comparison, or a logical operator over conditions.
type Condition struct {
	Operator Operator
	Operand  string // the text behind the operator's key
	Value    string // the second operand: the text behind value or path
	Parts    []Condition
}

// ParseCondition reads an expression. It is called when a document is checked, and
// again on the expression whose references have been replaced. The error is [Faults].
func ParseCondition(v Value) (Condition, error) {
	r := &report{}
	c := readCondition(v, r, "the condition")
	return c, r.err()
}

func readCondition(v Value, r *report, where string) Condition {
	if v.Kind != Mapping {
		r.add(v.Line, "%s must be a mapping with one operator, it is %s", where, v.Kind)
		return Condition{}
	}
	op, ok := findOperator(v, r, where)
	if !ok {
		return Condition{}
	}
	operand := v.Get(string(op))
	if key, comparison := second[op]; comparison {
		checkKeys(v, r, where, string(op), key)
		return readComparison(v, op, key, r, where)
	}
	checkKeys(v, r, where, string(op), "")
	return readLogical(op, operand, r, where)
}

// findOperator returns the one key of v that is an operator.
func findOperator(v Value, r *report, where string) (Operator, bool) {
	var found []Operator
	for _, f := range v.Fields {
		op := Operator(f.Key)
		if _, ok := second[op]; ok || op == And || op == Or || op == Not {
			found = append(found, op)
		}
	}
	switch len(found) {
	case 1:
		return found[0], true
	case 0:
		r.add(v.Line, "%s has no operator that is known; its keys are %s", where, strings.Join(fieldNames(v), ", "))
	default:
		r.add(v.Line, "%s has the operators %s and %s; it takes one (join several with and, or)", where, found[0], found[1])
	}
	return "", false
}

func fieldNames(v Value) []string {
	names := make([]string, len(v.Fields))
	for i, f := range v.Fields {
		names[i] = f.Key
	}
	return names
}

// checkKeys reports keys other than the operator and its second key.
func checkKeys(v Value, r *report, where, op, key string) {
	for _, f := range v.Fields {
		if f.Key != op && (f.Key != key || key == "") {
			r.add(f.Line, "%s has the key %q, which %s does not take", where, f.Key, op)
		}
	}
}

func readComparison(v Value, op Operator, key string, r *report, where string) Condition {
	c := Condition{Operator: op, Operand: operandText(v.Get(string(op)), string(op), r, where)}
	if key == "" {
		return c
	}
	other := v.Get(key)
	if other.Kind == Absent {
		r.add(v.Line, "%s: %s needs the key %s beside it", where, op, key)
	} else {
		c.Value = operandText(other, key, r, where)
	}
	if op == PatternMatches && !hasReference(c.Operand) {
		if err := r.patterns.check(c.Operand); err != nil {
			r.add(v.Line, "%s: the pattern of patternMatches %v", where, err)
		}
	}
	return c
}

// operandText reads an operand. An operand without a value is the empty text:
// `stringIsEmpty:` tests for it.
func operandText(v Value, key string, r *report, where string) string {
	if v.Kind != Text && v.Kind != Absent {
		r.add(v.Line, "%s: %s must be a text, it is %s", where, key, v.Kind)
	}
	return v.Text
}

func readLogical(op Operator, operand Value, r *report, where string) Condition {
	c := Condition{Operator: op}
	items := operand.Items
	if op == Not && operand.Kind == Mapping {
		items = []Value{operand}
	}
	switch {
	case op == Not && len(items) != 1:
		r.add(operand.Line, "%s: not takes one condition", where)
	case len(items) == 0:
		r.add(operand.Line, "%s: %s takes a list of at least one condition", where, op)
	}
	for i, item := range items {
		c.Parts = append(c.Parts, readCondition(item, r, fmt.Sprintf("%s.%s[%d]", where, op, i)))
	}
	return c
}

// expression checks a condition at parse time.
func (p *parser) expression(v Value, where string) {
	readCondition(v, p.report, where)
}

// guard reads the `if` of a step: an expression with then and else.
func (p *parser) guard(v Value, where string) *If {
	if v.Kind == Absent {
		return nil
	}
	if v.Kind != Mapping {
		p.add(v.Line, "if of %s must be a mapping with one operator, it is %s", where, v.Kind)
		return nil
	}
	guard := &If{
		Then: p.verdict(v, "then", Execute, where), Else: p.verdict(v, "else", Skip, where),
		Expression: Value{Kind: Mapping, Line: v.Line},
	}
	for _, f := range v.Fields {
		if f.Key != "then" && f.Key != "else" {
			guard.Expression.Fields = append(guard.Expression.Fields, f)
		}
	}
	p.expression(guard.Expression, "if of "+where)
	return guard
}

func (p *parser) verdict(v Value, key string, fallback Verdict, where string) Verdict {
	text := p.text(v, key, "the if of "+where)
	switch got := Verdict(text); got {
	case "":
		return fallback
	case Execute, Skip, AbortRun:
		return got
	}
	p.add(v.Get(key).Line, "%s in the if of %s must be Execute, Skip or Abort, it is %q", key, where, text)
	return fallback
}
