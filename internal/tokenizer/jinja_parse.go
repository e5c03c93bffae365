package tokenizer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// maxNesting bounds how deep a template's parts lie within each other, and with it the stack that reading and rendering
// it takes.
const maxNesting = 100

// parser reads the tokens of a template, as Jinja 3.1 does. What it does not know is an error that names it.
type parser struct {
	tokens []token
	next   int
	depth  int
	loops  int // how many loops the statement is in, for break and continue
}

// parse reads the source of a template.
func parse(source string) (body, error) {
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	out, _, err := p.body()
	if err == nil && p.peek().kind != tokenEnd {
		err = fmt.Errorf("{%% %s %%} ends nothing", p.tokens[p.next+1].text)
	}
	if err != nil {
		return nil, &templateError{p.peek().line, err}
	}
	return out, nil
}

func (p *parser) peek() token { return p.tokens[p.next] }

func (p *parser) take() token {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

// is tells whether the next token is an operator, or a name that is a keyword.
func (p *parser) is(text string) bool {
	t := p.peek()
	return (t.kind == tokenOperator || t.kind == tokenName) && t.text == text
}

// skip takes the next token if it is the operator or keyword.
func (p *parser) skip(text string) bool {
	if !p.is(text) {
		return false
	}
	p.next++
	return true
}

func (p *parser) expect(text string) error {
	if !p.skip(text) {
		return fmt.Errorf("%q is missing before %s", text, p.found())
	}
	return nil
}

func (p *parser) expectKind(kind tokenKind, what string) (string, error) {
	if p.peek().kind != kind {
		return "", fmt.Errorf("%s is missing before %s", what, p.found())
	}
	return p.take().text, nil
}

func (p *parser) found() string {
	switch t := p.peek(); t.kind {
	case tokenEnd:
		return "the end of the template"
	case tokenBlockEnd, tokenExpressionEnd:
		return "the end of the tag"
	default:
		return strconv.Quote(short(t.text))
	}
}

// nest counts how deep p is; leave is to be called at the end.
func (p *parser) nest() (leave func(), err error) {
	if p.depth >= maxNesting {
		return nil, fmt.Errorf("more than %d parts lie within each other", maxNesting)
	}
	p.depth++
	return func() { p.depth-- }, nil
}

// body reads up to a block that begins with one of the names, which it takes and returns; or to a name that begins no
// statement or the template's end.
func (p *parser) body(until ...string) (body, string, error) {
	leave, err := p.nest()
	if err != nil {
		return nil, "", err
	}
	defer leave()
	var out body
	for {
		switch t := p.peek(); t.kind {
		case tokenData:
			p.take()
			out = append(out, data(t.text))
		case tokenExpression:
			p.take()
			e, err := p.tuple(true)
			if err != nil {
				return nil, "", err
			}
			if _, err := p.expectKind(tokenExpressionEnd, "}}"); err != nil {
				return nil, "", err
			}
			out = append(out, &located{output{e}, t.line})
		case tokenBlock:
			name := p.tokens[p.next+1]
			if name.kind == tokenName && slices.Contains(until, name.text) {
				p.next += 2
				return out, name.text, nil
			}
			s, err := p.statement()
			if err != nil || s == nil {
				return out, "", err
			}
			out = append(out, &located{s, t.line})
		default:
			if len(until) > 0 {
				return nil, "", fmt.Errorf("{%% %s %%} is missing", until[len(until)-1])
			}
			return out, "", nil
		}
	}
}

// endOfTag takes the end of a block.
func (p *parser) endOfTag() error {
	_, err := p.expectKind(tokenBlockEnd, "%}")
	return err
}

// statement reads a block; nil is a block that ends one of those around it.
func (p *parser) statement() (statement, error) {
	p.take()
	name, err := p.expectKind(tokenName, "a statement")
	if err != nil {
		return nil, err
	}
	switch name {
	case "for":
		return p.forStatement()
	case "if":
		return p.ifStatement()
	case "set":
		return p.setStatement()
	case "macro":
		return p.macroStatement()
	case "generation":
		return p.generationStatement()
	case "break", "continue":
		if p.loops == 0 {
			return nil, fmt.Errorf("{%% %s %%} is in no loop", name)
		}
		return jump(name), p.endOfTag()
	case "else", "elif", "endif", "endfor", "endset", "endmacro", "endgeneration":
		p.next -= 2
		return nil, nil
	}
	return nil, fmt.Errorf("the statement %q is not known here", name)
}

func (p *parser) forStatement() (statement, error) {
	var f loopStatement
	var err error
	if f.targets, err = p.names("in"); err != nil {
		return nil, err
	}
	if f.over, err = p.tuple(false); err != nil {
		return nil, err
	}
	if p.skip("if") {
		if f.only, err = p.expression(); err != nil {
			return nil, err
		}
	}
	if p.is("recursive") {
		return nil, errors.New("a recursive loop is not known here")
	}
	if err := p.endOfTag(); err != nil {
		return nil, err
	}
	p.loops++
	do, end, err := p.body("else", "endfor")
	p.loops--
	if err != nil {
		return nil, err
	}
	f.do = do
	if end == "else" {
		if err := p.endOfTag(); err != nil {
			return nil, err
		}
		if f.otherwise, _, err = p.body("endfor"); err != nil {
			return nil, err
		}
	}
	return &f, p.endOfTag()
}

// names reads names with commas between them, up to a word.
func (p *parser) names(until string) ([]string, error) {
	var out []string
	for {
		name, err := p.expectKind(tokenName, "a name")
		if err != nil {
			return nil, err
		}
		out = append(out, name)
		if !p.skip(",") {
			return out, p.expect(until)
		}
	}
}

func (p *parser) ifStatement() (statement, error) {
	var f ifStatement
	for word := "if"; word != "endif"; {
		var condition expression = constant{true}
		var err error
		if word != "else" {
			if condition, err = p.tuple(false); err != nil {
				return nil, err
			}
		}
		if err := p.endOfTag(); err != nil {
			return nil, err
		}
		until := []string{"elif", "else", "endif"}
		if word == "else" {
			until = until[2:]
		}
		do, end, err := p.body(until...)
		if err != nil {
			return nil, err
		}
		f = append(f, branch{condition, do})
		word = end
	}
	return f, p.endOfTag()
}

func (p *parser) setStatement() (statement, error) {
	var s setStatement
	name, err := p.expectKind(tokenName, "a name")
	if err != nil {
		return nil, err
	}
	s.targets = []string{name}
	switch {
	case p.skip("."):
		if s.attribute, err = p.expectKind(tokenName, "a name"); err != nil {
			return nil, err
		}
	case p.skip(","):
		more, err := p.names("=")
		if err != nil {
			return nil, err
		}
		p.next--
		s.targets = append(s.targets, more...)
	}
	if p.skip("=") {
		if s.value, err = p.tuple(true); err != nil {
			return nil, err
		}
		return &s, p.endOfTag()
	}
	if err := p.endOfTag(); err != nil {
		return nil, err
	}
	if s.text, _, err = p.body("endset"); err != nil {
		return nil, err
	}
	return &s, p.endOfTag()
}

func (p *parser) macroStatement() (statement, error) {
	var m macroStatement
	var err error
	if m.name, err = p.expectKind(tokenName, "a name"); err != nil {
		return nil, err
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	for !p.skip(")") {
		if len(m.names) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		name, err := p.expectKind(tokenName, "a name")
		if err != nil {
			return nil, err
		}
		var value expression
		if p.skip("=") {
			if value, err = p.expression(); err != nil {
				return nil, err
			}
		} else if n := len(m.defaults); n > 0 && m.defaults[n-1] != nil {
			return nil, fmt.Errorf("the argument %s without a value comes after one with it", name)
		}
		m.names, m.defaults = append(m.names, name), append(m.defaults, value)
	}
	if err := p.endOfTag(); err != nil {
		return nil, err
	}
	loops := p.loops
	p.loops = 0
	m.do, _, err = p.body("endmacro")
	p.loops = loops
	if err != nil {
		return nil, err
	}
	return &m, p.endOfTag()
}

// generationStatement reads what marks the model's own words for training; it renders as what is in it.
func (p *parser) generationStatement() (statement, error) {
	if err := p.endOfTag(); err != nil {
		return nil, err
	}
	loops := p.loops
	p.loops = 0
	do, _, err := p.body("endgeneration")
	p.loops = loops
	if err != nil {
		return nil, err
	}
	return generationStatement(do), p.endOfTag()
}
