package tokenizer

import (
	"fmt"
	"math"
)

type conditional struct{ condition, then, otherwise expression }

func (c *conditional) eval(r *render, s *scope) (any, error) {
	v, err := c.condition.eval(r, s)
	if err != nil {
		return nil, err
	}
	if truth(v) {
		return c.then.eval(r, s)
	}
	return c.otherwise.eval(r, s)
}

type logical struct {
	and         bool
	left, right expression
}

func (l *logical) eval(r *render, s *scope) (any, error) {
	v, err := l.left.eval(r, s)
	if err != nil || truth(v) != l.and {
		return v, err
	}
	return l.right.eval(r, s)
}

type negation struct{ of expression }

func (n *negation) eval(r *render, s *scope) (any, error) {
	v, err := n.of.eval(r, s)
	return !truth(v), err
}

type comparison struct {
	first     expression
	operators []string
	with      []expression
}

func (c *comparison) eval(r *render, s *scope) (any, error) {
	left, err := c.first.eval(r, s)
	if err != nil {
		return nil, err
	}
	for i, operator := range c.operators {
		right, err := c.with[i].eval(r, s)
		if err != nil {
			return nil, err
		}
		holds, err := r.compare(operator, left, right)
		if err != nil || !holds {
			return false, err
		}
		left = right
	}
	return true, nil
}

func (r *render) compare(operator string, a, b any) (bool, error) {
	if err := r.spend(1); err != nil {
		return false, err
	}
	switch operator {
	case "==":
		return r.equal(a, b)
	case "!=":
		same, err := r.equal(a, b)
		return !same, err
	case "in":
		return r.contains(b, a)
	case "not in":
		in, err := r.contains(b, a)
		return !in, err
	case "<":
		return r.less(a, b)
	case ">":
		return r.less(b, a)
	case "<=":
		after, err := r.less(b, a)
		return !after, err
	default:
		before, err := r.less(a, b)
		return !before, err
	}
}

type arithmetic struct {
	operator    string
	left, right expression
}

func (a *arithmetic) eval(r *render, s *scope) (any, error) {
	left, err := a.left.eval(r, s)
	if err != nil {
		return nil, err
	}
	right, err := a.right.eval(r, s)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	if a.operator == "~" {
		return r.concatenate(left, right)
	}
	if a.operator == "+" {
		switch left := left.(type) {
		case string:
			if right, ok := right.(string); ok {
				return left + right, r.spend(len(left) + len(right))
			}
		case list:
			if right, ok := right.(list); ok {
				return append(left[:len(left):len(left)], right...), r.spend(valueCost * (len(left) + len(right)))
			}
		}
	}
	return calculate(a.operator, left, right)
}

func (r *render) concatenate(left, right any) (any, error) {
	a, err := r.text(left)
	if err != nil {
		return nil, err
	}
	b, err := r.text(right)
	if err != nil {
		return nil, err
	}
	return a + b, r.spend(len(a) + len(b))
}

// calculate does what the operator does with numbers.
func calculate(operator string, a, b any) (any, error) {
	x, i, isInt, ok := numberOf(a)
	y, j, alsoInt, alsoOK := numberOf(b)
	if !ok || !alsoOK {
		return nil, fmt.Errorf("%s %s %s is not known here", kindOfValue(a), operator, kindOfValue(b))
	}
	if y == 0 && (operator == "/" || operator == "//" || operator == "%") {
		return nil, fmt.Errorf("a division by zero")
	}
	if operator == "/" {
		return x / y, nil
	}
	if isInt && alsoInt {
		return calculateInt(operator, i, j)
	}
	switch operator {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "//":
		return math.Floor(x / y), nil
	default:
		return x - y*math.Floor(x/y), nil
	}
}

// calculateInt is calculate for whole numbers, which Python rounds down and which do not end for it; here they do.
func calculateInt(operator string, i, j int) (any, error) {
	const most = 1 << 31 // what is smaller does not overflow
	if i > most || i < -most || j > most || j < -most {
		return nil, fmt.Errorf("a number is too large to calculate with")
	}
	switch operator {
	case "+":
		return i + j, nil
	case "-":
		return i - j, nil
	case "*":
		return i * j, nil
	case "//":
		return int(math.Floor(float64(i) / float64(j))), nil
	default:
		return ((i % j) + j) % j, nil
	}
}
