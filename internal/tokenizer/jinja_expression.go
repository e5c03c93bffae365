package tokenizer

import (
	"fmt"
)

// tuple reads expressions with commas between them, or one; conditions says whether one may have an if of its own.
func (p *parser) tuple(conditions bool) (expression, error) {
	read := p.or
	if conditions {
		read = p.expression
	}
	first, err := read()
	if err != nil || !p.is(",") {
		return first, err
	}
	all := sequence{make: func(v []any) any { return tuple(v) }, of: []expression{first}}
	for p.skip(",") {
		if k := p.peek().kind; k == tokenBlockEnd || k == tokenExpressionEnd || p.is(")") {
			break
		}
		one, err := read()
		if err != nil {
			return nil, err
		}
		all.of = append(all.of, one)
	}
	return &all, nil
}

// expression reads an expression with the conditions after it: a if b else c.
func (p *parser) expression() (expression, error) {
	leave, err := p.nest()
	if err != nil {
		return nil, err
	}
	defer leave()
	out, err := p.or()
	for err == nil && p.skip("if") {
		c := &conditional{then: out, otherwise: constant{undefined("the value without an else")}}
		if c.condition, err = p.or(); err != nil {
			return nil, err
		}
		if p.skip("else") {
			if c.otherwise, err = p.expression(); err != nil {
				return nil, err
			}
		}
		out = c
	}
	return out, err
}

func (p *parser) or() (expression, error) { return p.logical("or", p.and) }

func (p *parser) and() (expression, error) { return p.logical("and", p.not) }

func (p *parser) logical(word string, read func() (expression, error)) (expression, error) {
	left, err := read()
	for err == nil && p.skip(word) {
		var right expression
		right, err = read()
		left = &logical{and: word == "and", left: left, right: right}
	}
	return left, err
}

func (p *parser) not() (expression, error) {
	if !p.skip("not") {
		return p.comparison()
	}
	leave, err := p.nest()
	if err != nil {
		return nil, err
	}
	defer leave()
	e, err := p.not()
	return &negation{e}, err
}

// comparison reads a chain such as a < b <= c, which holds if each of its parts does.
func (p *parser) comparison() (expression, error) {
	first, err := p.sum()
	if err != nil {
		return nil, err
	}
	c := comparison{first: first}
	for {
		operator := p.peek().text
		switch {
		case p.skip("=="), p.skip("!="), p.skip("<"), p.skip("<="), p.skip(">"), p.skip(">="), p.skip("in"):
		case p.is("not") && p.tokens[p.next+1].kind == tokenName && p.tokens[p.next+1].text == "in":
			p.next += 2
			operator = "not in"
		case len(c.with) == 0:
			return first, nil
		default:
			return &c, nil
		}
		with, err := p.sum()
		if err != nil {
			return nil, err
		}
		c.operators, c.with = append(c.operators, operator), append(c.with, with)
	}
}

func (p *parser) sum() (expression, error) { return p.arithmetic(p.concatenation, "+", "-") }

func (p *parser) concatenation() (expression, error) { return p.arithmetic(p.product, "~") }

func (p *parser) product() (expression, error) {
	e, err := p.arithmetic(func() (expression, error) { return p.unary(true) }, "*", "/", "//", "%")
	if err == nil && p.is("**") {
		err = fmt.Errorf("the operator ** is not known here")
	}
	return e, err
}

func (p *parser) arithmetic(read func() (expression, error), operators ...string) (expression, error) {
	left, err := read()
	for err == nil {
		operator := ""
		for _, one := range operators {
			if p.peek().kind == tokenOperator && p.skip(one) {
				operator = one
				break
			}
		}
		if operator == "" {
			return left, nil
		}
		var right expression
		right, err = read()
		left = &arithmetic{operator, left, right}
	}
	return nil, err
}

// unary reads a sign and what it stands before; filters and tests bind to what is signed, and the sign to what they
// make of it, unless there is more than one.
func (p *parser) unary(filters bool) (expression, error) {
	leave, err := p.nest()
	if err != nil {
		return nil, err
	}
	defer leave()
	var out expression
	switch {
	case p.peek().kind == tokenOperator && (p.is("-") || p.is("+")):
		operator := p.take().text
		of, err := p.unary(false)
		if err != nil {
			return nil, err
		}
		out = &arithmetic{operator, constant{0}, of}
	default:
		if out, err = p.primary(); err != nil {
			return nil, err
		}
		if out, err = p.postfix(out); err != nil {
			return nil, err
		}
	}
	if !filters {
		return out, nil
	}
	return p.filters(out)
}
