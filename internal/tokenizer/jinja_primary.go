package tokenizer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// constants are the names that stand for themselves.
var constants = map[string]any{"true": true, "True": true, "false": false, "False": false, "none": nil, "None": nil}

// reserved are the words of Jinja that name no variable, and what it has under a name beside what is known here.
var reserved = []string{
	"and", "elif", "else", "for", "if", "in", "is", "not", "or",
	"caller", "cycler", "dict", "joiner", "kwargs", "lipsum", "self", "super", "varargs",
}

func (p *parser) primary() (expression, error) {
	switch t := p.peek(); t.kind {
	case tokenName:
		p.take()
		if value, ok := constants[t.text]; ok {
			return constant{value}, nil
		}
		if slices.Contains(reserved, t.text) {
			return nil, fmt.Errorf("the name %s is not known here, or not in this place", t.text)
		}
		return variable(t.text), nil
	case tokenString:
		var b strings.Builder
		for p.peek().kind == tokenString {
			b.WriteString(p.take().text)
		}
		return constant{b.String()}, nil
	case tokenInteger:
		n, err := strconv.Atoi(p.take().text)
		if err != nil {
			return nil, fmt.Errorf("the number %s is too large", t.text)
		}
		return constant{n}, nil
	case tokenFloat:
		f, err := strconv.ParseFloat(p.take().text, 64)
		return constant{f}, err
	case tokenOperator:
		switch t.text {
		case "(":
			return p.parenthesis()
		case "[":
			p.take()
			of, err := p.list("]")
			return &sequence{make: func(v []any) any { return list(v) }, of: of}, err
		case "{":
			return p.dictionary()
		}
	}
	return nil, fmt.Errorf("an expression is missing before %s", p.found())
}

func (p *parser) parenthesis() (expression, error) {
	p.take()
	if p.skip(")") {
		return &sequence{make: func([]any) any { return tuple(nil) }}, nil
	}
	e, err := p.tuple(true)
	if err != nil {
		return nil, err
	}
	return e, p.expect(")")
}

// list reads expressions up to a bracket, which it takes.
func (p *parser) list(end string) ([]expression, error) {
	var out []expression
	for !p.skip(end) {
		if len(out) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
			if p.skip(end) {
				break
			}
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func (p *parser) dictionary() (expression, error) {
	p.take()
	var d dictionary
	for !p.skip("}") {
		if len(d.keys) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
			if p.skip("}") {
				break
			}
		}
		key, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		value, err := p.expression()
		if err != nil {
			return nil, err
		}
		d.keys, d.values = append(d.keys, key), append(d.values, value)
	}
	return &d, nil
}

// postfix reads attributes, elements and calls.
func (p *parser) postfix(of expression) (expression, error) {
	for {
		switch {
		case p.skip("."):
			name, err := p.expectKind(tokenName, "a name")
			if err != nil {
				return nil, err
			}
			of = &attribute{of, name}
		case p.skip("["):
			e, err := p.subscript(of)
			if err != nil {
				return nil, err
			}
			of = e
		case p.skip("("):
			e, err := p.call(of)
			if err != nil {
				return nil, err
			}
			of = e
		default:
			return of, nil
		}
	}
}

// subscript reads an index, or a slice: parts with colons between them, which may be missing.
func (p *parser) subscript(of expression) (expression, error) {
	var parts [3]expression
	colons := 0
	for !p.skip("]") {
		if p.skip(":") {
			if colons++; colons > 2 {
				return nil, fmt.Errorf("a slice has no more than two colons")
			}
			continue
		}
		if parts[colons] != nil {
			return nil, fmt.Errorf("%q is missing before %s", "]", p.found())
		}
		var err error
		if parts[colons], err = p.expression(); err != nil {
			return nil, err
		}
	}
	if colons > 0 {
		return &slice{of, parts}, nil
	}
	if parts[0] == nil {
		return nil, fmt.Errorf("an index is missing")
	}
	return &element{of, parts[0]}, nil
}

// call reads a call, after its bracket.
func (p *parser) call(of expression) (expression, error) {
	g, err := p.arguments()
	return &call{of, g}, err
}

// arguments reads what is given to a call, after its bracket.
func (p *parser) arguments() (given, error) {
	var g given
	for first := true; !p.skip(")"); first = false {
		if !first {
			if err := p.expect(","); err != nil {
				return g, err
			}
			if p.skip(")") {
				break
			}
		}
		name := ""
		if next := p.tokens[p.next+1]; p.peek().kind == tokenName && next.kind == tokenOperator && next.text == "=" {
			name = p.take().text
			p.take()
		} else if len(g.names) > 0 {
			return g, fmt.Errorf("an argument without a name comes after one with it")
		}
		e, err := p.expression()
		if err != nil {
			return g, err
		}
		if name == "" {
			g.places = append(g.places, e)
			continue
		}
		g.names, g.named = append(g.names, name), append(g.named, e)
	}
	return g, nil
}

// filters reads filters and tests.
func (p *parser) filters(of expression) (expression, error) {
	for {
		switch {
		case p.skip("|"):
			name, err := p.expectKind(tokenName, "a filter")
			if err != nil {
				return nil, err
			}
			do, ok := filters[name]
			if !ok {
				return nil, fmt.Errorf("the filter %q is not known here", name)
			}
			f := &filtered{of: of, name: name, do: do}
			if p.skip("(") {
				if f.given, err = p.arguments(); err != nil {
					return nil, err
				}
			}
			of = f
		case p.skip("is"):
			t, err := p.test(of)
			if err != nil {
				return nil, err
			}
			of = t
		case p.skip("("):
			e, err := p.call(of)
			if err != nil {
				return nil, err
			}
			of = e
		default:
			return of, nil
		}
	}
}

func (p *parser) test(of expression) (expression, error) {
	not := p.skip("not")
	name, err := p.expectKind(tokenName, "a test")
	if err != nil {
		return nil, err
	}
	do, ok := tests[name]
	if !ok {
		return nil, fmt.Errorf("the test %q is not known here", name)
	}
	t := &tested{of: of, name: name, do: do}
	switch {
	case p.skip("("):
		t.given, err = p.arguments()
	case p.startsArgument():
		var e expression
		if e, err = p.primary(); err == nil {
			e, err = p.postfix(e)
		}
		t.given.places = []expression{e}
	}
	if err != nil {
		return nil, err
	}
	if not {
		return &negation{t}, nil
	}
	return t, nil
}

// startsArgument tells whether the one argument of a test follows without brackets.
func (p *parser) startsArgument() bool {
	switch t := p.peek(); t.kind {
	case tokenString, tokenInteger, tokenFloat:
		return true
	case tokenName:
		return t.text != "else" && t.text != "or" && t.text != "and"
	case tokenOperator:
		return t.text == "[" || t.text == "{"
	}
	return false
}
