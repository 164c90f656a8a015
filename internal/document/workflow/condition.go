package workflow

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"ingot/internal/document/yamldoc"
)

// Condition is one comparison or one logical operator over conditions.
type Condition struct {
	operator string
	children []*Condition // of and, or, not
	operand  any
	value    any
}

const (
	maxDepth    = 4
	maxChildren = 10
)

var comparisons = map[string]func(value, operand any) bool{
	"booleanEquals":           booleanEquals,
	"stringEquals":            func(v, o any) bool { return text(v) == text(o) },
	"numberEquals":            number(func(c int) bool { return c == 0 }),
	"numberGreaterThan":       number(func(c int) bool { return c > 0 }),
	"numberGreaterThanEquals": number(func(c int) bool { return c >= 0 }),
	"numberLessThan":          number(func(c int) bool { return c < 0 }),
	"numberLessThanEquals":    number(func(c int) bool { return c <= 0 }),
}

func parseCondition(n yamldoc.Node, depth int) (*Condition, error) {
	if depth == maxDepth {
		return nil, fmt.Errorf("conditions nest more than %d levels deep", maxDepth)
	}
	if n.Kind != yamldoc.Mapping {
		return nil, errors.New("a condition must be a mapping")
	}
	val := n.Get("value")
	var operators []yamldoc.Field
	for _, f := range n.Fields {
		if f.Key != "value" {
			operators = append(operators, f)
		}
	}
	if len(operators) != 1 {
		return nil, errors.New("a condition has exactly one operator")
	}
	op, operand := operators[0].Key, operators[0].Value
	switch compares := comparisons[op] != nil; {
	case compares && val.Kind == yamldoc.Absent:
		return nil, fmt.Errorf("%s needs a value", op)
	case compares:
		return &Condition{operator: op, operand: value(operand), value: value(val)}, nil
	case val.Kind != yamldoc.Absent:
		return nil, fmt.Errorf("%q takes no value", op)
	}
	return parseLogical(op, operand, depth)
}

func parseLogical(op string, operand yamldoc.Node, depth int) (*Condition, error) {
	nodes, most := operand.Items, maxChildren
	switch op {
	case "and", "or":
	case "not":
		if most = 1; operand.Kind == yamldoc.Mapping {
			nodes = []yamldoc.Node{operand}
		}
	default:
		return nil, fmt.Errorf("there is no operator %q", op)
	}
	if len(nodes) < 1 || len(nodes) > most {
		return nil, fmt.Errorf("%s takes 1 to %d conditions", op, most)
	}
	c := &Condition{operator: op}
	for _, n := range nodes {
		child, err := parseCondition(n, depth+1)
		if err != nil {
			return nil, err
		}
		c.children = append(c.children, child)
	}
	return c, nil
}

func (c *Condition) operands() []any {
	all := []any{c.operand, c.value}
	for _, child := range c.children {
		all = append(all, child.operands()...)
	}
	return all
}

// Holds evaluates the condition with the facts. A path without a value is an error.
func (c *Condition) Holds(f Facts) (bool, error) {
	if compare := comparisons[c.operator]; compare != nil {
		v, err := f.Resolve(c.value)
		if err != nil {
			return false, err
		}
		o, err := f.Resolve(c.operand)
		return err == nil && compare(v, o), err
	}
	for _, child := range c.children {
		ok, err := child.Holds(f)
		if err != nil {
			return false, err
		}
		switch {
		case c.operator == "not":
			return !ok, nil
		case c.operator == "and" && !ok:
			return false, nil
		case c.operator == "or" && ok:
			return true, nil
		}
	}
	return c.operator == "and", nil
}

func booleanEquals(v, o any) bool {
	a, b := strings.ToLower(text(v)), strings.ToLower(text(o))
	return a == b && (a == "true" || a == "false")
}

var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// number compares decimals of any length; it returns false for what is not a number.
func number(accept func(int) bool) func(v, o any) bool {
	return func(v, o any) bool {
		a, b := text(v), text(o)
		if !decimal.MatchString(a) || !decimal.MatchString(b) {
			return false
		}
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		return accept(x.Cmp(y))
	}
}
